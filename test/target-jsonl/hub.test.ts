import { join } from 'node:path';
import { createLogger } from '@tap-webhooks/singer/log';
import { JsonlLoader } from '@tap-webhooks/target-jsonl';
import { expect, test } from 'vitest';
import { batchOf, marked, rowsFrom } from '../contracts/loader.js';
import { targetConfigFile } from '../helpers/hooks.js';
import { runInProcess } from '../helpers/in-process.js';
import { linesIn, openJsonl, shownFiles } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { configFor } from './open-loader.js';

const hub = { file_naming: 'hub', add_record_metadata: false } as const;
const input = [
  '{"type":"SCHEMA","stream":"shop-orders","schema":{"type":"object","properties":{"id":{"type":"integer"}}},"key_properties":["id"]}',
  '{"type":"SCHEMA","stream":"users","schema":{"type":"object","properties":{"id":{"type":"integer"}}},"key_properties":["id"]}',
  '{"type":"RECORD","stream":"shop-orders","record":{"id":1,"total":1.10},"time_extracted":"2026-01-01T00:00:00Z"}',
  '{"type":"RECORD","stream":"users","record":{"id":2}}',
  '{"type":"RECORD","stream":"shop-orders","record":{"id":1,"total":1.10},"version":7}',
  '{"type":"STATE","value":{"done":1}}',
  '',
].join('\n');

test("with the Hub's naming and without metadata, files and rows are the Hub's", async () => {
  const folder = tempFolder();

  const { code } = await runInProcess(openJsonl, targetConfigFile(folder, hub), input);

  expect(code).toBe(0);
  expect(shownFiles(folder)).toEqual(['shop-orders.jsonl', 'users.jsonl']);
  expect(linesIn(join(folder, 'shop-orders.jsonl'))).toEqual([
    '{"id":1,"total":1.10}',
    '{"id":1,"total":1.10}',
  ]);
  expect(linesIn(join(folder, 'users.jsonl'))).toEqual(['{"id":2}']);
});

test('with do_timestamp_file each stream gets a file of this run', async () => {
  const folder = tempFolder();
  const config = targetConfigFile(folder, { ...hub, do_timestamp_file: true });

  await runInProcess(openJsonl, config, input);

  const files = shownFiles(folder);
  expect(files.map((name) => name.replace(/-\d{8}T\d{6}\.jsonl$/, '-<time>.jsonl'))).toEqual([
    'shop-orders-<time>.jsonl',
    'users-<time>.jsonl',
  ]);
});

test('with custom_name all streams of a run share a file', async () => {
  const folder = tempFolder();
  const config = targetConfigFile(folder, { ...hub, custom_name: 'all', batch_size_rows: 1 });

  await runInProcess(openJsonl, config, input);

  expect(shownFiles(folder)).toEqual(['all.jsonl']);
  expect(linesIn(join(folder, 'all.jsonl')).sort()).toEqual([
    '{"id":1,"total":1.10}',
    '{"id":1,"total":1.10}',
    '{"id":2}',
  ]);
});

test('rows that an earlier run wrote into its own file are not written into the next one', async () => {
  const folder = tempFolder();
  const config = configFor(folder, { ...hub, do_timestamp_file: true, compression: 'gzip' });
  const log = createLogger('target-jsonl', { LOGLEVEL: 'error' });
  const batches = [rowsFrom(1, 5), rowsFrom(3, 8), rowsFrom(1, 8)];
  for (const [day, rows] of batches.entries()) {
    const loader = new JsonlLoader(config, log, { startedAt: new Date(2026, 0, 1 + day) });
    const sink = await loader.open(marked);
    await sink.load(batchOf(rows));
    await sink.close();
    await loader.close();
  }

  expect(shownFiles(folder)).toEqual([
    'contract-data-20260101T000000.jsonl.gz',
    'contract-data-20260102T000000.jsonl.gz',
  ]);
  expect(linesIn(join(folder, 'contract-data-20260102T000000.jsonl.gz'))).toEqual(
    rowsFrom(6, 8).map(({ text }) => text),
  );
});

test.each([
  'stream_maps',
  'flattening_enabled',
  'upsert',
  'overwrite',
  'dedupe_before_upsert',
  'hard_delete',
])('a config with %s is refused, since it would not be obeyed', async (setting) => {
  const config = targetConfigFile(tempFolder(), { ...hub, [setting]: { orders: { email: null } } });

  const { code, stderr } = await runInProcess(openJsonl, config, input);

  expect(code).toBe(1);
  expect(stderr).toContain(`\`${setting}\` is not obeyed here: `);
});
