import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInProcess } from '../helpers/in-process.js';
import { openJsonl } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';

test('whole lines of a file that existed before are never cut off, even if they are not rows', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'users.jsonl'), 'important notes\nline two\n[1,2,3]\ntorn');
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ destination_path: folder, add_record_metadata: false }));
  const input = [
    '{"type":"SCHEMA","stream":"users","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":[]}',
    '{"type":"RECORD","stream":"users","record":{"id":1}}',
    '',
  ].join('\n');

  const { code, stderr } = await runInProcess(openJsonl, config, input);

  expect(code, stderr).toBe(0);
  expect(readFileSync(join(folder, 'users.jsonl'), 'utf8')).toBe(
    'important notes\nline two\n[1,2,3]\n{"id":1}\n',
  );
});
