import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { marked, rowAt, rowsFrom } from '../../contracts/loader.js';
import type { Fake } from '../../fake-bigquery/fake.js';
import { setForward } from '../../helpers/clock.js';
import { shortWaits } from '../../helpers/short-waits.js';
import { configFor, fakeBigQuery, openRun } from '../open-loader.js';

beforeEach(shortWaits);

const positions = (fake: Fake) => fake.rows('contract', 'data').map((row) => Number(row._sdc_position));
const queries = (fake: Fake) =>
  fake.requests.ofKind('jobs.insert', 'queries.run').map(({ body }) => JSON.stringify(body));
const fences = (fake: Fake) => queries(fake).filter((query) => query.includes('SELECT _sdc_position'));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** The marked table with times of receipt. */
const timed = {
  ...marked,
  schema: {
    ...marked.schema,
    properties: {
      ...(marked.schema.properties as object),
      _sdc_received_at: { type: 'string', format: 'date-time' },
    },
  },
};

const at = (position: number, time: string) => ({
  ...rowAt(position),
  text: rowAt(position).text.replace('}', `,"_sdc_received_at":"${time}"}`),
});

describe('rows with identity are loaded once by load jobs', () => {
  test('rows are loaded once though the answer to the upload is lost after the commit', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));
    fake.faults.loseAnswer();

    expect(await load(rowsFrom(1, 10))).toEqual({ loaded: 10, skipped: 0, refused: [] });

    expect(positions(fake)).toEqual(upTo(10));
  });

  test('rows of a job that still runs when a stopped run ends are loaded once by the next run', async () => {
    const fake = await fakeBigQuery();
    const config = configFor(fake);
    const stop = new AbortController();
    const stopped = await openRun(config, marked, stop.signal);
    void fake.requests.nextCommit().then(() => {
      for (const job of fake.loadsOf('contract', 'data')) job.pollsLeft = Number.POSITIVE_INFINITY;
      void fake.requests.nextRequest('jobs.get').then(() => stop.abort());
      void fake.requests.nextRequest('jobs.get', 3).then(() => onTestFinished(setForward(6_000)));
    });
    await expect(stopped.load(rowsFrom(1, 10))).rejects.toMatchObject({ code: 'service_unavailable' });
    await stopped.close();
    for (const job of fake.loadsOf('contract', 'data')) job.pollsLeft = 0;

    const next = await openRun(config);
    expect(await next.load(rowsFrom(1, 12))).toEqual({ loaded: 2, skipped: 10, refused: [] });
    expect(positions(fake)).toEqual(upTo(12));
  });

  test('rows are loaded once though the upload is cut in the middle', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));
    fake.faults.cut('upload', 300);

    expect(await load(rowsFrom(1, 10))).toEqual({ loaded: 10, skipped: 0, refused: [] });
    expect(positions(fake)).toEqual(upTo(10));
  });

  test('rows are loaded once though an abandoned upload arrives just before it is repeated', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));
    const late = fake.faults.late();
    const hold = fake.faults.hold('upload', 'before');

    const loaded = load(rowsFrom(1, 10));
    await hold.reached;
    expect(await late.release()).toBe(true);
    hold.release();

    expect(await loaded).toEqual({ loaded: 10, skipped: 0, refused: [] });
    expect(positions(fake)).toEqual(upTo(10));
  });

  test('rows for more than one request are loaded once, and each job has the id of its own first row', {
    timeout: 30_000,
  }, async () => {
    const fake = await fakeBigQuery();
    const run = await openRun(configFor(fake));
    const rows = upTo(40).map((position) => rowAt(position, 'inbox1', 'x'.repeat(1_000_000)));
    fake.faults.loseAnswer();

    expect(await run.load(rows)).toEqual({ loaded: 40, skipped: 0, refused: [] });

    expect(positions(fake)).toEqual(upTo(40));
    expect(fake.loadsOf('contract', 'data').map((job) => job?.id.replace(/^sdc_\w+?_/, ''))).toEqual([
      '1_0',
      '34_0',
    ]);
  });

  test('rows are loaded once though a job fails for a reason that passes, and the next job has another id', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));
    fake.faults.failJob('backendError');

    expect(await load(rowsFrom(1, 10))).toEqual({ loaded: 10, skipped: 0, refused: [] });
    expect(positions(fake)).toEqual(upTo(10));
    expect(fake.loadsOf('contract', 'data').map((job) => job?.id.slice(-4))).toEqual(['_1_0', '_1_1']);
  });

  test('rows that are gone from the table are loaded again though a job of their id is DONE', async () => {
    const fake = await fakeBigQuery();
    const first = await openRun(configFor(fake));
    await first.load(rowsFrom(1, 10));
    await first.close();
    fake.truncate('contract', 'data');
    const next = await openRun(configFor(fake));

    expect(await next.load(rowsFrom(1, 10))).toEqual({ loaded: 10, skipped: 0, refused: [] });
    expect(positions(fake)).toEqual(upTo(10));
  });

  test('a table that was dropped and created again gets all rows', async () => {
    const fake = await fakeBigQuery();
    const first = await openRun(configFor(fake));
    await first.load(rowsFrom(1, 10));
    await first.close();
    fake.drop('contract', 'data');
    const next = await openRun(configFor(fake));

    expect(await next.load(rowsFrom(1, 10))).toEqual({ loaded: 10, skipped: 0, refused: [] });
    expect(positions(fake)).toEqual(upTo(10));
  });

  test('rows are loaded once though another process drops the table and creates it again in the middle of a run', async () => {
    const fake = await fakeBigQuery();
    const old = await openRun(configFor(fake));
    await old.load(rowsFrom(1, 10));
    fake.drop('contract', 'data');
    const other = await openRun(configFor(fake));
    await other.load(rowsFrom(1, 10));

    await old.load(rowsFrom(11, 20));
    await other.load(rowsFrom(11, 20));

    expect(positions(fake)).toEqual(upTo(20));
  });

  test('the same positions of a new inbox are other rows', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));
    await load(rowsFrom(1, 10));

    expect(await load(rowsFrom(1, 10, 'inbox2'))).toEqual({ loaded: 10, skipped: 0, refused: [] });
  });

  test('two processes on two machines that load the same rows at once load them once', async () => {
    const fake = await fakeBigQuery();
    const [one, other] = [await openRun(configFor(fake)), await openRun(configFor(fake))];

    await Promise.all([one.load(rowsFrom(1, 100)), other.load(rowsFrom(1, 100))]);

    expect(positions(fake)).toEqual(upTo(100));
  });
});

describe('the fence', () => {
  test('a table that this run created is not asked what it holds', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));

    await load(rowsFrom(1, 10));
    await load(rowsFrom(11, 20));

    expect(fences(fake)).toEqual([]);
  });

  test('a run on the same disk does not ask the table about rows after those that are loaded', async () => {
    const fake = await fakeBigQuery();
    const config = configFor(fake);
    const first = await openRun(config);
    await first.load(rowsFrom(1, 10));
    await first.close();
    const next = await openRun(config);

    await next.load(rowsFrom(11, 20));

    expect(fences(fake)).toEqual([]);
    expect(positions(fake)).toEqual(upTo(20));
  });

  test('a run on another disk asks about each batch, and after ten batches about all that follows', async () => {
    const fake = await fakeBigQuery();
    const first = await openRun(configFor(fake));
    await first.load(rowsFrom(1, 10));
    await first.close();
    const next = await openRun(configFor(fake));

    for (let position = 6; position <= 30; position += 1) await next.load([rowAt(position)]);

    expect(fences(fake)).toHaveLength(11);
    expect(queries(fake).filter((query) => query.includes('MAX(_sdc_position)'))).toHaveLength(1);
    expect(positions(fake)).toEqual(upTo(30));
  });

  test('rows that were received before rows with lower positions do not count as new', async () => {
    const fake = await fakeBigQuery();
    const row = (position: number) =>
      at(position, position > 50 ? '2026-11-01T00:00:00.000Z' : '2026-11-01T01:00:00.000Z');
    const rows = (from: number, to: number) =>
      upTo(to)
        .slice(from - 1)
        .map(row);
    const first = await openRun(configFor(fake), timed);
    await first.load(rows(1, 100));
    await first.close();
    const next = await openRun(configFor(fake), timed);

    await next.load(rows(1, 50));
    await next.load(rows(51, 100));

    expect(positions(fake)).toEqual(upTo(100));
  });

  test('a run on the same disk asks the table when somebody else has loaded since', async () => {
    const fake = await fakeBigQuery();
    const config = configFor(fake);
    const first = await openRun(config);
    await first.load(rowsFrom(1, 10));
    await first.close();
    const other = await openRun(configFor(fake));
    await other.load(rowsFrom(11, 15));
    await other.close();
    const next = await openRun(config);

    await next.load(rowsFrom(11, 20));

    expect(fences(fake).length).toBeGreaterThan(0);
    expect(positions(fake)).toEqual(upTo(20));
  });

  test('the fence asks for positions between the first and the last row, received between their own times', async () => {
    const fake = await fakeBigQuery();
    const config = configFor(fake);
    const rows = [at(3, '2026-11-01T00:00:00.005Z'), at(7, '2026-11-01T00:00:00.001Z')];
    const first = await openRun(config, timed);
    await first.load(rows);
    await first.close();

    const next = await openRun(configFor(fake), timed);
    expect(await next.load(rows)).toEqual({ loaded: 0, skipped: 2, refused: [] });

    const [fence] = fences(fake);
    for (const value of ['"3"', '"7"', '"2026-11-01T00:00:00.000Z"', '"2026-11-01T00:00:00.006Z"'])
      expect(fence).toContain(`"value":${value}`);
  });

  test('rows whose time of receipt has no zone are loaded once, wherever the machine is', async () => {
    const { TZ } = process.env;
    process.env.TZ = 'America/New_York';
    onTestFinished(() => {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    });
    const fake = await fakeBigQuery();
    const rows = [at(1, '2026-11-01T00:00:00.005')];
    const first = await openRun(configFor(fake), timed);
    await first.load(rows);
    await first.close();

    const next = await openRun(configFor(fake), timed);
    expect(await next.load(rows)).toEqual({ loaded: 0, skipped: 1, refused: [] });
  });
});
