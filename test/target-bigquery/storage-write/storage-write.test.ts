import { readdirSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import type { Config } from '../../../packages/target-bigquery/dist/config.js';
import { connectStorage } from '../../../packages/target-bigquery/dist/storage-write/shared-client.js';
import { batchOf, marked, rowAt, rowsFrom, unmarked } from '../../contracts/loader.js';
import type { Fake } from '../../fake-bigquery/fake.js';
import type { AppendEvent } from '../../fake-bigquery/write/faults.js';
import { shortWaits } from '../../helpers/short-waits.js';
import { bigQueryLoader, configFor, fakeBigQuery, type OpenRun, openRun } from '../open-loader.js';

beforeEach(shortWaits);

interface Start {
  readonly fake: Fake;
  readonly config: Config;
  readonly run: OpenRun;
  /** Offsets and streams of appends, in the order in which they came. */
  readonly appends: AppendEvent[];
}

async function start(): Promise<Start> {
  const fake = await fakeBigQuery();
  const config = configFor(fake, { method: 'storage_write_api', latest_view: false });
  const appends: AppendEvent[] = [];
  fake.write.faults.onAppend = (event) => void (event.stage === 'arrived' && appends.push(event));
  return { fake, config, run: await openRun(config), appends };
}

/** Loads rows 1 and 2 by jobs: from then on a stream is open, and what comes is appended. */
async function begin(run: OpenRun): Promise<void> {
  await run.load(rowsFrom(1, 1));
  await run.load(rowsFrom(2, 2));
}

/** Another run, on an empty disk. */
const elsewhere = (fake: Fake, settings: Partial<Config> = {}) =>
  openRun(configFor(fake, { method: 'storage_write_api', latest_view: false, ...settings }));

const positions = (fake: Fake) => fake.rows('contract', 'data').map((row) => Number(row._sdc_position));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const streams = (fake: Fake) =>
  fake
    .rows('contract', '_sdc_loads')
    .filter(({ event }) => String(event).startsWith('stream_'))
    .map(({ event, job }) => [event, job]);

test('the first rows are loaded by load jobs, all others are appended with offsets', async () => {
  const { fake, run, appends } = await start();
  expect(await run.load(rowsFrom(1, 2))).toEqual({ loaded: 2, skipped: 0, refused: [] });
  expect(await run.load(rowsFrom(3, 3))).toEqual({ loaded: 1, skipped: 0, refused: [] });
  expect(await run.load(rowsFrom(4, 5))).toEqual({ loaded: 2, skipped: 0, refused: [] });
  expect(await run.load(rowsFrom(6, 9))).toEqual({ loaded: 4, skipped: 0, refused: [] });
  expect(positions(fake)).toEqual(upTo(9));
  expect(fake.loadsOf('contract', 'data').length).toBe(2);
  expect(appends.map(({ offset, rows }) => [offset, rows])).toEqual([
    [0, 2],
    [2, 4],
  ]);
});

test('of a large first batch a load job loads only some rows', async () => {
  const { fake, run, appends } = await start();
  expect(await run.load(rowsFrom(1, 2000))).toEqual({ loaded: 2000, skipped: 0, refused: [] });
  expect(positions(fake)).toEqual(upTo(2000));
  expect(appends.reduce((sum, { rows }) => sum + rows, 0)).toBe(1500);
});

test('load jobs fill a gap of the table, and rows after the gap are still loaded', async () => {
  const { fake, run } = await start();
  await run.load([...rowsFrom(1, 2), ...rowsFrom(4, 6)]);
  await run.close();
  const next = await elsewhere(fake);
  expect(await next.load(rowsFrom(1, 5))).toEqual({ loaded: 1, skipped: 4, refused: [] });
  expect(await next.load(rowsFrom(6, 8))).toEqual({ loaded: 2, skipped: 1, refused: [] });
  expect(fake.loadsOf('contract', 'data').length).toBe(3);
});

test('write streams are created though the service is unavailable for a while', async () => {
  const { fake, run } = await start();
  fake.write.faults.calls.CreateWriteStream = [14, 14];
  await begin(run);
  expect(positions(fake)).toEqual(upTo(2));
  fake.write.faults.calls.FinalizeWriteStream = [14];
  await run.close();
  expect(streams(fake).map(([event]) => event)).toEqual(['stream_opened', 'stream_finalized']);
});

test('a service that denies access is not asked again', async () => {
  const { fake, run } = await start();
  fake.write.faults.calls.CreateWriteStream = [7];
  const error = await begin(run).catch((cause) => cause);
  expect(error).toMatchObject({ code: 'access_denied', exitCode: 3 });
});

test('the name of a write stream is in _sdc_loads before anything is appended, and its end afterwards', async () => {
  const { fake, run, appends } = await start();
  let known: unknown;
  fake.write.faults.onAppend = (event) => {
    known ??= streams(fake);
    appends.push(event);
  };
  await begin(run);
  await run.load(rowsFrom(3, 4));
  const name = appends[0]?.stream;
  expect(known).toEqual([['stream_opened', name]]);
  await run.close();
  expect(streams(fake)).toEqual([
    ['stream_opened', name],
    ['stream_finalized', name],
  ]);
});

test('a run that appends nothing creates no write stream, and records none', async () => {
  const { fake, run } = await start();
  await run.load(rowsFrom(1, 500));
  await run.close();
  expect(streams(fake)).toEqual([]);
});

test('one job records the ends of the write streams of all tables of a dataset', async () => {
  const { fake, config } = await start();
  const loader = await bigQueryLoader({ ...config, load_log: false });
  for (const tableName of ['one', 'two']) {
    const sink = await loader.open({ ...marked, stream: `contract-${tableName}`, tableName });
    await sink.load(batchOf(rowsFrom(1, 501)));
    await sink.close();
  }
  expect(streams(fake).map(([event]) => event)).toEqual(['stream_opened', 'stream_opened']);
  await loader.close();
  expect(streams(fake).map(([event]) => event)).toEqual([
    'stream_opened',
    'stream_opened',
    'stream_finalized',
    'stream_finalized',
  ]);
  expect(fake.loadsOf('contract', '_sdc_loads').length).toBe(3);
});

test("after a job that turns out to be another process's, the next rows are loaded by a job too", async () => {
  const { fake, run } = await start();
  const hold = fake.faults.hold('upload', 'before');
  const held = run.load(rowsFrom(1, 1));
  await hold.reached;
  const other = await elsewhere(fake);
  await other.load(rowsFrom(1, 1));
  hold.release();
  expect(await held).toMatchObject({ loaded: 1 });
  await run.load(rowsFrom(2, 2));
  expect(positions(fake)).toEqual(upTo(2));
  expect(fake.loadsOf('contract', 'data').length).toBe(2);
  await run.close();
  expect(streams(fake)).toEqual([]);
});

test('a write stream that no other process ended is replaced by another one, and the table is asked', async () => {
  const { fake } = await start();
  const run = await elsewhere(fake, { timeout: 1 });
  await begin(run);
  await run.load(rowsFrom(3, 4));
  fake.write.streams.finalize(String(streams(fake)[0]?.[1]));
  expect(await run.load(rowsFrom(3, 6))).toMatchObject({ loaded: 2, skipped: 2 });
  await run.load(rowsFrom(7, 8));
  expect(positions(fake)).toEqual(upTo(8));
  expect(streams(fake).map(([event]) => event)).toEqual([
    'stream_opened',
    'stream_finalized',
    'stream_opened',
  ]);
});

test('a new write stream that the service does not find is looked for again, and ended', async () => {
  const { fake, run } = await start();
  await begin(run);
  const name = String(streams(fake)[0]?.[1]);
  const next = await elsewhere(fake);
  fake.write.faults.calls.FinalizeWriteStream = [5, 5];
  await next.load(rowsFrom(3, 4));
  expect(fake.write.streams.get(name).isFinalized).toBe(true);
});

test('a run on an empty disk loads once what a dead run sent and what it did not', async () => {
  const { fake, run } = await start();
  await begin(run);
  await run.load(rowsFrom(3, 4)); // and it is gone, without a word
  const next = await elsewhere(fake);
  expect(await next.load(rowsFrom(1, 6))).toEqual({ loaded: 2, skipped: 4, refused: [] });
  expect(await next.load(rowsFrom(7, 8))).toMatchObject({ loaded: 2 });
  expect(positions(fake)).toEqual(upTo(8));
});

test('an append that is delayed until a successor has begun is not written', async () => {
  const { fake, run } = await start();
  await begin(run);
  let release = () => {};
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  fake.write.faults.onAppend = async ({ stage, number }) => {
    if (stage !== 'arrived' || number !== 1) return;
    reach();
    await held;
  };
  const late = run.load(rowsFrom(3, 4)).catch((error) => error);
  await reached;
  const next = await elsewhere(fake);
  await next.load(rowsFrom(3, 5));
  release();
  expect(await late).toMatchObject({ code: 'stream_taken', exitCode: 3 });
  await next.load(rowsFrom(6, 6));
  expect(positions(fake)).toEqual(upTo(6));
});

test('a load job of a dead run that appears late collides with its successor', async () => {
  const { fake } = await start();
  const dead = await elsewhere(fake, { timeout: 1 });
  await dead.load(rowsFrom(1, 1, 'inbox2'));
  const late = fake.faults.late();
  const failed = dead.load(rowsFrom(1, 4)).catch((error) => error);
  await late.arrived;
  const next = await elsewhere(fake);
  await next.load(rowsFrom(1, 2));
  await next.load(rowsFrom(3, 4));
  expect(await late.release()).toBe(false);
  await failed;
  expect(positions(fake)).toEqual([1, ...upTo(4)]);
});

test('a run whose write stream was ended by another run loads nothing by jobs either', async () => {
  const { fake, run } = await start();
  await begin(run);
  const next = await elsewhere(fake);
  await next.load(rowsFrom(3, 3));
  const error = await run.load([rowAt(3, 'inbox2')]).catch((cause) => cause);
  expect(error).toMatchObject({ code: 'stream_taken', exitCode: 3 });
});

test('an answer lost after the rows were written writes them once', async () => {
  const { fake, run } = await start();
  await begin(run);
  fake.write.faults.appends.push('lost');
  expect(await run.load(rowsFrom(3, 4))).toMatchObject({ loaded: 2 });
  expect(positions(fake)).toEqual(upTo(4));
});

test('a row that BigQuery finds bad is refused with its reason, once, and all others are there', async () => {
  const { fake, run } = await start();
  await begin(run);
  fake.write.faults.refuseRow = ({ n }) => (n === '5' ? 'bad' : undefined);
  const { loaded, refused } = await run.load(rowsFrom(3, 8));
  expect(loaded).toBe(5);
  expect(refused.map(({ row, reason }) => [row.identity?.position, reason])).toEqual([
    [5, 'BigQuery refused the row: bad'],
  ]);
  expect(positions(fake)).toEqual([1, 2, 3, 4, 6, 7, 8]);
});

const wider = {
  ...marked,
  schema: { ...marked.schema, properties: { ...properties(), more: { type: 'string' } } },
};

function properties(): object {
  return (marked.schema as { properties: object }).properties;
}

test('new columns come with a load job, and the rows after it are appended with them', async () => {
  const { fake, run, appends } = await start();
  await begin(run);
  await run.close();
  const next = await elsewhereWith(fake, wider);
  await next.load([withMore(3)]);
  await next.load([withMore(4)]);
  await next.load([withMore(5)]);
  expect(fake.rows('contract', 'data').map(({ _sdc_position, more }) => [_sdc_position, more])).toEqual([
    ['1', undefined],
    ['2', undefined],
    ['3', 'm'],
    ['4', 'm'],
    ['5', 'm'],
  ]);
  expect(appends.map(({ rows }) => rows)).toEqual([1]);
});

test('while the Write API does not see a new column, rows are loaded by load jobs', async () => {
  const { fake, run } = await start();
  await begin(run);
  fake.write.streams.seeAll();
  fake.write.faults.isSchemaLate = true;
  await run.close();
  const next = await elsewhereWith(fake, wider);
  await next.load([withMore(3)]);
  await next.load([withMore(4)]);
  expect(await next.load([withMore(5)])).toMatchObject({ loaded: 1 });
  fake.write.faults.isSchemaLate = false;
  expect(await next.load([withMore(6)])).toMatchObject({ loaded: 1 });
  expect(positions(fake)).toEqual(upTo(6));
  expect(fake.loadsOf('contract', 'data').length).toBe(5);
});

test('a row too large for a request is loaded by a load job, in its place', async () => {
  const { fake, run } = await start();
  await begin(run);
  const large = rowAt(4, 'inbox1', 'x'.repeat(9_500_000));
  expect(await run.load([rowAt(3), large, rowAt(5)])).toEqual({ loaded: 3, skipped: 0, refused: [] });
  expect(positions(fake)).toEqual(upTo(5));
  expect(fake.loadsOf('contract', 'data').length).toBe(3);
});

test('a write stream that does not exist any more is replaced by another one, and the table is asked', async () => {
  const { fake, run } = await start();
  await begin(run);
  await run.load(rowsFrom(3, 4));
  fake.write.streams.forget();
  expect(await run.load(rowsFrom(5, 6))).toMatchObject({ loaded: 2 });
  expect(positions(fake)).toEqual(upTo(6));
});

test('many rows are written by a thread, in order', async () => {
  const { fake, run } = await start();
  await begin(run);
  expect(await run.load(rowsFrom(3, 40_000))).toEqual({ loaded: 39_998, skipped: 0, refused: [] });
  expect(positions(fake)).toEqual(upTo(40_000));
});

test('rows without identity are appended too, and their write stream is not recorded', async () => {
  const { fake, config } = await start();
  const others = await openRun(config, unmarked);
  const row = (n: number) => ({ text: `{"n":${n},"text":"x"}`, identity: undefined });
  await others.load([row(1)]);
  await others.load([row(2), row(2)]);
  expect(fake.rows('contract', 'other').map(({ n }) => n)).toEqual(['1', '2', '2']);
  expect(fake.loadsOf('contract', 'other').length).toBe(1);
  await others.close();
  expect(streams(fake)).toEqual([]);
});

test('the first rows of an inbox are loaded by a job, even when rows without identity have opened the write stream', async () => {
  const { fake, run } = await start();
  const other = (n: number) => ({ text: `{"n":${n},"text":"x"}`, identity: undefined });
  await run.load(rowsFrom(1, 1));
  await run.load([other(7)]);
  await run.load([other(8)]);
  expect(streams(fake).length).toBe(1);
  expect(fake.loadsOf('contract', 'data').length).toBe(2);
  await run.load(rowsFrom(2, 2));
  expect(fake.loadsOf('contract', 'data').length).toBe(3);
});

test('an emulator without an endpoint of its Storage Write API is an error of the configuration', async () => {
  const { config } = await start();
  const { storage_api_endpoint: _, ...without } = config;
  const error = await connectStorage(without).catch((cause) => cause);
  expect(error).toMatchObject({ code: 'storage_endpoint_missing', exitCode: 1 });
});

test('nothing is left on the disk', async () => {
  const { config, run } = await start();
  await begin(run);
  await run.load(rowsFrom(3, 4));
  await run.close();
  expect(readdirSync(config.spool_path).filter((name) => !name.endsWith('.lock'))).toEqual([]);
});

function withMore(position: number) {
  const { text, identity } = rowAt(position);
  return { text: text.replace('{', '{"more":"m",'), identity };
}

function elsewhereWith(fake: Fake, table: typeof marked): Promise<OpenRun> {
  return openRun(configFor(fake, { method: 'storage_write_api', latest_view: false }), table);
}

test('after an older copy of the inbox was put back, the write stream of the lost run is ended and other events are loaded once', async () => {
  const { fake, run, appends } = await start();
  await begin(run);
  await run.load(rowsFrom(3, 6));
  const lost = appends[0]?.stream;
  const others = rowsFrom(3, 8).map(({ identity }) =>
    rowAt(identity?.position as number, 'inbox1', 'other', 1_790_000_000_000),
  );
  const next = await elsewhere(fake);

  expect(await next.load(others.slice(0, 4))).toEqual({ loaded: 4, skipped: 0, refused: [] });
  expect(await next.load(others.slice(4))).toEqual({ loaded: 2, skipped: 0, refused: [] });
  await expect(run.load(rowsFrom(7, 8))).rejects.toMatchObject({ exitCode: 3 });
  await next.close();
  const last = await elsewhere(fake);

  expect(streams(fake)).toContainEqual(['stream_finalized', lost]);
  expect(await last.load([...rowsFrom(1, 6), ...others])).toEqual({ loaded: 0, skipped: 12, refused: [] });
  expect(positions(fake).sort()).toEqual([1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8]);
});
