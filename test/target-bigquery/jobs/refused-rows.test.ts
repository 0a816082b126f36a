import { describe, expect, test } from 'vitest';
import { rowAt, rowsFrom, unmarked } from '../../contracts/loader.js';
import { configFor, fakeBigQuery, openRun } from '../open-loader.js';

/** 10,000 rows, of which BigQuery refuses those at some positions. */
const withBad = (...bad: number[]) =>
  rowsFrom(1, 10_000).map((row, index) =>
    bad.includes(index + 1) ? rowAt(index + 1, 'inbox1', 'bad one') : row,
  );

describe('a row that BigQuery refuses', () => {
  test('a refused row among 10,000 is told with its reason, and two jobs load the others', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));
    fake.faults.refuseRowsWith('bad one');

    const { loaded, refused } = await load(withBad(5000));

    expect(loaded).toBe(9999);
    expect(refused.map(({ row, reason }) => [row.identity?.position, reason])).toEqual([
      [5000, 'BigQuery refused the row: Refused, as the test asked.'],
    ]);
    expect(fake.rows('contract', 'data')).toHaveLength(9999);
    expect(fake.loadsOf('contract', 'data')).toHaveLength(2);
  });

  test('refused rows are told by two jobs though a job names only some of them', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake));
    const bad = Array.from({ length: 40 }, (_, index) => 100 + index * 200);
    fake.faults.refuseRowsWith('bad one');

    const { loaded, refused } = await load(withBad(...bad));

    expect(loaded).toBe(9960);
    expect(refused.map(({ row }) => row.identity?.position ?? 0).sort((a, b) => a - b)).toEqual(bad);
    expect(fake.loadsOf('contract', 'data')).toHaveLength(2);
  });

  test('a refused row that comes again does not keep the rows after it from being loaded', async () => {
    const fake = await fakeBigQuery();
    const first = await openRun(configFor(fake));
    fake.faults.refuseRowsWith('bad one');
    await first.load(withBad(5000));
    await first.close();
    const next = await openRun(configFor(fake));

    const again = await next.load(withBad(5000));

    expect(again).toMatchObject({ loaded: 0, skipped: 9999 });
    expect(again.refused).toHaveLength(1);
    expect(fake.rows('contract', 'data')).toHaveLength(9999);
  });

  test('after a refused row at the end of a batch, an upload of the next batch still collides with its successor', async () => {
    const fake = await fakeBigQuery();
    fake.faults.refuseRowsWith('bad one');
    const rows = rowsFrom(1, 20).map((row, index) => (index === 9 ? rowAt(10, 'inbox1', 'bad one') : row));
    const first = await openRun(configFor(fake));
    await first.load(rows.slice(0, 10));
    await first.close(); // its upload of 11..20 is still on its way
    const next = await openRun(configFor(fake));

    await next.load(rows);

    const ids = fake.loadsOf('contract', 'data').map((job) => job?.id.replace(/^sdc_.{32}/, ''));
    expect(ids).toEqual(['_1_0', '_1_1', '_10_0', '_11_0']);
  });

  test('a refused row without identity is left out too', async () => {
    const fake = await fakeBigQuery();
    const { load } = await openRun(configFor(fake), unmarked);
    fake.faults.refuseRowsWith('bad one');
    const rows = ['x', 'bad one', 'y'].map((text, n) => ({
      text: `{"n":${n},"text":"${text}"}`,
      identity: undefined,
    }));

    const { loaded, refused } = await load(rows);

    expect(loaded).toBe(2);
    expect(refused.map(({ row }) => row.text)).toEqual(['{"n":1,"text":"bad one"}']);
  });
});
