import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { runMessages, schemaOf, stateOf } from '../helpers/target-run.js';
import { tempFolder } from '../helpers/temp.js';

function fileOf(content: string | Buffer): string {
  const path = join(tempFolder(), 'a batch.jsonl');
  writeFileSync(path, content);
  return pathToFileURL(path).href;
}

function batch(manifest: string[], encoding: object = { format: 'jsonl', compression: 'none' }): object {
  return { type: 'BATCH', stream: 's', encoding, manifest };
}

test('the records of all files are loaded as if they had come as messages', async () => {
  const run = await runMessages([
    schemaOf('s'),
    { ...batch([fileOf('{"id":1}\n\n {"id":12345678901234567890}\r\n'), fileOf('{"id":3}')]), version: 4 },
    stateOf({ n: 1 }),
  ]);
  const [first, second, third] = run.loader.table('s').texts;

  expect(first).toMatch(/^\{"id":1,"_sdc_extracted_at":null,/);
  expect(first).toContain('"_sdc_table_version":4');
  expect(second).toMatch(/^\{"id":12345678901234567890,/);
  expect(third).toMatch(/^\{"id":3,/);
  expect(run.states).toEqual(['{"n":1}']);
});

test('files compressed with gzip are read', async () => {
  const content = gzipSync('{"id":1}\n{"id":2}\n');
  const run = await runMessages([
    schemaOf('s'),
    batch([fileOf(content)], { format: 'jsonl', compression: 'gzip' }),
  ]);

  expect(run.loader.table('s').records).toEqual([{ id: 1 }, { id: 2 }]);
});

test('a byte order mark at the start of a file is skipped', async () => {
  const run = await runMessages([schemaOf('s'), batch([fileOf('\ufeff{"id":1}\n')])]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
});

test('a large file is loaded in batches', async () => {
  const lines = Array.from({ length: 1000 }, (_, id) => JSON.stringify({ id }));
  const run = await runMessages([schemaOf('s'), batch([fileOf(lines.join('\n'))], { format: 'jsonl' })], {
    settings: { batch_size_rows: 100 },
  });

  expect(run.loader.table('s').batches).toEqual(Array.from({ length: 10 }, () => 100));
});

test('records of a file are checked', async () => {
  const run = await runMessages([schemaOf('s'), batch([fileOf('{"id":"x"}\n{"id":1}\n')])]);

  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(run.loader.table('_sdc_rejected').rows).toHaveLength(1);
});

test.each([
  'file://batches/a.jsonl',
  'file://./batches/a.jsonl',
  'file://batches/../batches/a.jsonl',
  'file://../inner/batches/a.jsonl',
  'FILE://batches/a%2Ejsonl',
  'file:batches/a.jsonl',
  'file:./batches/a.jsonl',
])('the relative URL %s is read from the working folder, as the Singer SDK does', async (url) => {
  const folder = join(tempFolder(), 'inner');
  mkdirSync(join(folder, 'batches'), { recursive: true });
  writeFileSync(join(folder, 'batches', 'a.jsonl'), '{"id":1}\n');
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder);
  const run = await runMessages([schemaOf('s'), batch([url])]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
});

test('a record of a file with NaN is rejected', async () => {
  const run = await runMessages([schemaOf('s'), batch([fileOf('{"id":1,"x":NaN}\n{"id":2}\n')])]);

  expect(run.loader.table('s').records).toEqual([{ id: 2 }]);
  expect(JSON.parse(run.loader.table('_sdc_rejected').texts[0] as string)).toMatchObject({
    reason: 'the record holds NaN, which JSON does not have',
    record: '{"id":1,"x":NaN}',
  });
});

const gzip = { format: 'jsonl', compression: 'gzip' };

test.each([
  ['another format', () => batch([], { format: 'parquet' }), 'batch_unusable', 'parquet'],
  [
    'another compression',
    () => batch([], { format: 'jsonl', compression: 'zstd' }),
    'batch_unusable',
    'zstd',
  ],
  [
    'a file elsewhere',
    () => batch(['s3://bucket/key']),
    'batch_unusable',
    'file 1 has a URL with s3:; only file:// URLs are read',
  ],
  [
    'a path without scheme',
    () => batch(['batches/a.jsonl']),
    'batch_unusable',
    'file 1 is no URL; only file:// URLs are read',
  ],
  [
    'an absolute path without scheme',
    () => batch(['/batches/a.jsonl']),
    'batch_unusable',
    'file 1 is no URL; only file:// URLs are read',
  ],
  [
    'an escape that no path has',
    () => batch(['file:///a%2Fb']),
    'batch_unusable',
    'file 1 has a file:// URL that names no path of this machine',
  ],
  [
    'a file of another machine',
    () => batch(['file://user@host/a.jsonl']),
    'batch_unusable',
    'another machine',
  ],
  [
    'a file at a port of another machine',
    () => batch(['file://host:80/a.jsonl']),
    'batch_unusable',
    'another machine',
  ],
  [
    'a relative file that is not there',
    () => batch(['file://host/a.jsonl']),
    'batch_unusable',
    'file 1 cannot be read (ENOENT); its path is relative, so the target looks for it in its working folder',
  ],
  [
    'a missing file is refused',
    () => batch([pathToFileURL(join(tempFolder(), 'none')).href]),
    'batch_unusable',
    'ENOENT',
  ],
  ['a file that is not gzip', () => batch([fileOf('{"id":1}\n')], gzip), 'batch_unusable', 'Z_DATA_ERROR'],
  [
    'a torn gzip file',
    () => batch([fileOf(gzipSync('{"id":1}\n').subarray(0, -4))], gzip),
    'batch_unusable',
    'Z_BUF_ERROR',
  ],
  [
    'a record that is not JSON',
    () => batch([fileOf('{"id":1}\n{"id"')]),
    'batch_unusable',
    'line 2 of file 1',
  ],
  [
    'bytes that are not UTF-8',
    () => batch([fileOf(Buffer.from([0xff, 0x0a]))]),
    'not_utf8',
    'line 1 of file 1',
  ],
])('%s stops the run with the line of the message', async (_, message, code, words) => {
  const run = await runMessages([schemaOf('s'), message()]);

  expect(run.failure).toMatchObject({ code, exitCode: 2 });
  expect(run.failure?.message).toMatch(/^Line 2\b/);
  expect(run.failure?.message).toContain(words);
});

test('a record without a key parks its stream, and the records before it are loaded', async () => {
  const run = await runMessages([schemaOf('s'), batch([fileOf('{"id":1}\n{"name":"x"}\n{"id":3}\n')])]);

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
  expect(run.failure?.message).toBe(
    'Line 2, line 2 of file 1 of the BATCH: missing key property "id" in a record of stream "s"; the tap has to send it. 2 records were not loaded; no state covers them, so the next run sends them again.',
  );
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
});
