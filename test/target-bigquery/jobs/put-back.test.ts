import type { Row } from '@tap-webhooks/target-core';
import { rejectedTable } from '@tap-webhooks/target-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { marked, rowAt, rowsFrom } from '../../contracts/loader.js';
import type { Fake } from '../../fake-bigquery/fake.js';
import { shortWaits } from '../../helpers/short-waits.js';
import { configFor, fakeBigQuery, openRun } from '../open-loader.js';

beforeEach(shortWaits);

const LATER = 1_790_000_000_000;

/** An event that the inbox took at a position after an older copy of it was put back. */
const otherAt = (position: number, inbox = 'inbox1') => rowAt(position, inbox, 'other', LATER + position);
const othersFrom = (first: number, last: number, inbox?: string): Row[] =>
  rowsFrom(first, last).map(({ identity }) => otherAt(identity?.position as number, inbox));

/** Position and sequence of each row of the table, sorted. */
const rowsOf = (fake: Fake) =>
  fake
    .rows('contract', 'data')
    .map(({ _sdc_position, _sdc_sequence }) => [Number(_sdc_position), Number(_sdc_sequence)])
    .sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
const namesOf = (...lists: Row[][]) =>
  lists
    .flat()
    .map(({ identity }) => [identity?.position as number, identity?.sequence as number])
    .sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
const queries = (fake: Fake) =>
  fake.requests.ofKind('jobs.insert', 'queries.run').map(({ body }) => JSON.stringify(body));
const fences = (fake: Fake) => queries(fake).filter((query) => query.includes('SELECT _sdc_position'));
const jobsOf = (fake: Fake) =>
  fake.loadsOf('contract', 'data').map((job) => job?.id.replace(/^sdc_[0-9a-f]+_/, ''));

/** A table that holds the first events at 1..10, and a run of the target that comes later, on the same disk or on another one. */
async function loaded({ onSameDisk = false, table = marked, settings = {} } = {}) {
  const fake = await fakeBigQuery();
  const config = configFor(fake, settings);
  const first = await openRun(config, table);
  await first.load(rowsFrom(1, 6));
  await first.load(rowsFrom(7, 10));
  await first.close();
  const open = () => openRun(onSameDisk ? config : configFor(fake, settings), table);
  return { fake, config, run: await open(), open };
}

describe('after an older copy of the inbox was put back', () => {
  test('a finished job with the id of the first position is no proof: its rows were others', async () => {
    const { fake, run } = await loaded();

    expect(await run.load(othersFrom(7, 12))).toEqual({ loaded: 6, skipped: 0, refused: [] });

    expect(jobsOf(fake)).toEqual(['1_0', '7_0', '7_1']);
    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(1, 10), othersFrom(7, 12)));
  });

  test('two processes that load the same other events at once load them once', async () => {
    const { fake, run, open } = await loaded();
    const other = await open();

    await Promise.all([run.load(othersFrom(7, 12)), other.load(othersFrom(7, 12))]);

    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(1, 10), othersFrom(7, 12)));
  });

  test('an upload of a process that died arrives late and does not double its successor', async () => {
    const { fake, run, open } = await loaded();
    const late = fake.faults.late();
    const hold = fake.faults.hold('upload', 'before');
    const dying = run.load(othersFrom(7, 12)).catch((error) => error);
    await hold.reached;
    const next = await open();

    expect(await next.load(othersFrom(7, 12))).toMatchObject({ loaded: 6 });
    await late.release();
    hold.release();
    await dying;

    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(1, 10), othersFrom(7, 12)));
  });

  test('the note does not speak for other events at positions that it knows', async () => {
    const { fake, run } = await loaded({ onSameDisk: true });

    expect(await run.load(othersFrom(7, 12))).toEqual({ loaded: 6, skipped: 0, refused: [] });

    expect(fences(fake)).toHaveLength(2); // before the upload, and after its id was met
    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(1, 10), othersFrom(7, 12)));
  });

  test('the note holds for events right after the last position, whatever came before them', async () => {
    const { fake, run } = await loaded({ onSameDisk: true });

    expect(await run.load(othersFrom(11, 12))).toEqual({ loaded: 2, skipped: 0, refused: [] });

    expect(fences(fake)).toEqual([]);
    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(1, 10), othersFrom(11, 12)));
  });

  test('the note goes on at the highest position of the table after lower ones were loaded', async () => {
    const { fake, run, open } = await loaded({ onSameDisk: true });
    await run.load(othersFrom(3, 5));
    await run.close();
    const next = await open();

    expect(await next.load([...othersFrom(3, 5), ...rowsFrom(8, 10), ...othersFrom(11, 11)])).toMatchObject({
      loaded: 1,
      skipped: 6,
    });
    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(1, 10), othersFrom(3, 5), othersFrom(11, 11)));
  });

  test('rows of several inboxes in one batch are fenced by inbox', async () => {
    const { fake, run } = await loaded();
    const renewed = othersFrom(5, 8, 'inbox2');

    expect(await run.load([...rowsFrom(5, 10), ...renewed])).toEqual({ loaded: 4, skipped: 6, refused: [] });
    expect(await run.load([...othersFrom(9, 11), ...renewed])).toEqual({
      loaded: 3,
      skipped: 4,
      refused: [],
    });

    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(1, 10), othersFrom(9, 11), renewed));
  });

  test.each(['batch_job', 'storage_write_api'] as const)(
    "a table in Stitch's unit is compared in milliseconds, with %s",
    async (method) => {
      const { fake, run, open } = await loaded({ settings: { method, sequence_unit: 'stitch' } });
      expect(fake.rows('contract', 'data')[0]?._sdc_sequence).toBe('1780000000001000000');
      const mixed = [...rowsFrom(5, 10), ...othersFrom(7, 12), rowAt(8, 'inbox1', 'old', 8)];

      expect(await run.load(mixed)).toMatchObject({ loaded: 7, skipped: 6 });
      expect(await (await open()).load(mixed)).toMatchObject({ loaded: 0, skipped: 13 });
    },
  );

  test('rows in milliseconds and in the unit of Stitch may be in one table', async () => {
    const { fake, run, config } = await loaded();
    expect(await run.load(othersFrom(11, 12))).toMatchObject({ loaded: 2 });
    const next = await openRun(configFor(fake, { sequence_unit: 'stitch' }));
    expect(await next.load([...rowsFrom(1, 10), ...othersFrom(10, 14)])).toMatchObject({
      loaded: 3,
      skipped: 12,
    });
    const back = await openRun(config);

    expect(await back.load([...rowsFrom(1, 10), ...othersFrom(10, 14)])).toMatchObject({ skipped: 15 });
  });
});

describe('the fence and times of receipt', () => {
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
  const at = (row: Row, time: string) => ({
    ...row,
    text: row.text.replace(/\}$/, `,"_sdc_received_at":"${time}"}`),
  });

  test('an event of an old receipt widens the batch, and events of the lost future stay apart', async () => {
    const fake = await fakeBigQuery();
    const first = await openRun(configFor(fake), timed);
    const future = rowsFrom(7, 10).map((row) => at(row, '2026-11-01T00:00:00.000Z'));
    await first.load(future);
    await first.close();
    const sent = [
      at(otherAt(7), '2026-11-01T12:00:00.000Z'),
      at(otherAt(8), '2026-10-31T20:00:00.000Z'),
      at(otherAt(9), '2026-11-01T12:00:00.000Z'),
    ];
    const next = await openRun(configFor(fake), timed);

    expect(await next.load(sent)).toEqual({ loaded: 3, skipped: 0, refused: [] });
    expect(await (await openRun(configFor(fake), timed)).load(sent)).toMatchObject({ skipped: 3 });
    expect(rowsOf(fake)).toEqual(namesOf(rowsFrom(7, 10), othersFrom(7, 9)));
  });

  test('the days between an old receipt and the others are not asked for', async () => {
    const fake = await fakeBigQuery();
    const sent = [
      at(rowAt(7), '2026-11-01T12:00:00.000Z'),
      at(rowAt(8), '2024-02-29T00:00:00.000Z'),
      at(rowAt(9), '2026-11-01T12:00:05.000Z'),
    ];
    const first = await openRun(configFor(fake), timed);
    await first.load(sent);
    await first.close();
    const next = await openRun(configFor(fake), timed);

    expect(await next.load(sent)).toMatchObject({ loaded: 0, skipped: 3 });

    const [fence = ''] = fences(fake);
    expect(fence).toContain(
      '(_sdc_received_at BETWEEN @earliest AND @latest OR _sdc_received_at BETWEEN @earliest2 AND @latest2)',
    );
    expect([...fence.matchAll(/"value":"(\d{4}-[^"]+)"/g)].map(([, time]) => time)).toEqual([
      '2024-02-28T23:59:59.999Z',
      '2024-02-29T00:00:00.001Z',
      '2026-11-01T11:59:59.999Z',
      '2026-11-01T12:00:05.001Z',
    ]);
  });
});

describe('_sdc_rejected of an earlier version', () => {
  const rejected = rejectedTable('contract');
  const { _sdc_sequence: _, ...columns } = rejected.schema.properties as { [name: string]: object };
  const earlier = { ...rejected, schema: { ...rejected.schema, properties: columns } };
  const record = (position: number, sequence: number | undefined): Row => ({
    text: JSON.stringify({
      table_name: 'data',
      reason: 'x',
      record: '{}',
      _sdc_inbox: 'inbox1',
      _sdc_position: position,
      _sdc_sequence: sequence,
    }),
    identity: { inbox: 'inbox1', position, sequence },
  });

  test('gets the column _sdc_sequence with its next row, and its rows count by inbox and position', async () => {
    const fake = await fakeBigQuery();
    const old = await openRun(configFor(fake), earlier);
    await old.load([record(1, undefined), record(2, undefined)]);
    await old.close();
    const run = await openRun(configFor(fake), rejected);

    expect(await run.load([record(2, LATER), record(3, LATER)])).toEqual({
      loaded: 1,
      skipped: 1,
      refused: [],
    });
    expect(await run.load([record(3, LATER), record(3, LATER + 1)])).toMatchObject({ loaded: 1, skipped: 1 });

    expect(
      fake.rows('contract', '_sdc_rejected').map((row) => [row._sdc_position, row._sdc_sequence]),
    ).toEqual([
      ['1', undefined],
      ['2', undefined],
      ['3', '1790000000000'],
      ['3', '1790000000001'],
    ]);
  });
});
