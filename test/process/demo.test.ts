import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startFake } from '../fake-bigquery/fake.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

const script = fileURLToPath(new URL('../../examples/run.mjs', import.meta.url));

/** Runs what `npm start` runs until it only listens, then presses Ctrl-C. */
async function demo(folder: string, ...args: string[]): Promise<{ text: string; code: number | null }> {
  const child: ChildProcess = spawn(process.execPath, [script, folder, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGTERM');
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const closed = once(child, 'close');
  await until(
    () => text.includes('Ctrl-C stops it') || child.exitCode !== null,
    'the demo to be ready',
    60_000,
  );
  child.kill('SIGINT');
  const [code] = await closed;
  return { text, code };
}

const rowsOf = (folder: string, table: string) =>
  readFileSync(join(folder, 'rows', table, 'data.jsonl'), 'utf8').split('\n').length - 1;

test('npm start shows the rows of the samples, ends cleanly, and continues at the next start', async () => {
  const folder = join(tempFolder(), 'demo');

  const first = await demo(folder);
  expect(first.code, first.text).toBe(0);
  expect(first.text).toContain('1-survey_response.created.json   200 1 stored');
  expect([
    rowsOf(folder, 'stitch_delighted'),
    rowsOf(folder, 'stitch_vero'),
    rowsOf(folder, 'orders'),
  ]).toEqual([3, 8, 4]);
  expect(statSync(join(folder, 'urls.json')).mode & 0o777).toBe(0o600);

  const second = await demo(folder);
  expect(second.code, second.text).toBe(0);
  expect(second.text).toContain('1-survey_response.created.json   200 1 duplicate');
  expect([
    rowsOf(folder, 'stitch_delighted'),
    rowsOf(folder, 'stitch_vero'),
    rowsOf(folder, 'orders'),
  ]).toEqual([3, 16, 8]);
});

test('npm start -- --bigquery loads the samples into the BigQuery of a config', async () => {
  const fake = await startFake();
  onTestFinished(() => fake.close());
  const folder = join(tempFolder(), 'demo');
  mkdirSync(folder);
  const config = join(folder, 'bigquery.json');
  writeFileSync(config, JSON.stringify({ project: 'test', location: 'US', api_endpoint: fake.apiEndpoint }));

  const { code, text } = await demo(folder, '--bigquery', config);

  expect(code, text).toBe(0);
  expect(text).toContain('15 rows are loaded');
  expect(text).toContain('SELECT * FROM `test.orders.data_latest`;');
  expect(
    ['stitch_delighted', 'stitch_vero', 'orders'].map((dataset) => fake.rows(dataset, 'data').length),
  ).toEqual([3, 8, 4]);
  const [order] = fake.rows('orders', 'data');
  expect(order).toMatchObject({ order_id: '9007199254740993', _sdc_position: '12' });
});
