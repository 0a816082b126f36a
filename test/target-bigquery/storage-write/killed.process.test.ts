import { describe, expect, test } from 'vitest';
import type { Fake } from '../../fake-bigquery/fake.js';
import type { AppendEvent } from '../../fake-bigquery/write/faults.js';
import { Loading } from '../../helpers/bigquery-load.js';
import { Seeded } from '../../helpers/seeded.js';
import { expectedRow } from '../../helpers/webhook-stream.js';
import { fakeBigQuery } from '../open-loader.js';

const TOTAL = 2000;
const METHOD = { method: 'storage_write_api' };

/** Every row is in the table once, whole and in order. An empty array and its absence read alike. */
function expectEveryRowOnce(fake: Fake, total: number): void {
  const rows = fake.rows('shop', 'data').map(({ _sdc_received_at, _sdc_batched_at, ...row }) => row);
  expect(rows.map((row) => Number(row._sdc_position))).toEqual(
    Array.from({ length: total }, (_, index) => index + 1),
  );
  for (const [index, row] of rows.entries()) {
    const { tags, ...others } = row;
    const { tags: expectedTags, ...expected } = expectedRow(index + 1, total);
    expect(others).toEqual(expected);
    expect(tags ?? []).toEqual(expectedTags ?? []);
  }
}

/** Holds an append up at a stage; the others go on. */
function holdAppend(fake: Fake, stage: AppendEvent['stage'], number: number) {
  let release = () => {};
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  fake.write.faults.onAppend = async (event) => {
    if (event.stage !== stage || event.number !== number) return;
    reach();
    await held;
  };
  return { reached, release };
}

describe('target-bigquery with storage_write_api, killed with -9', () => {
  test.each<[string, AppendEvent['stage'], number]>([
    ['with its first append on its way', 'arrived', 1],
    ['after its first append was written, before the answer', 'committed', 1],
    ['with its third append on its way', 'arrived', 3],
    ['after its third append was written, before the answer', 'committed', 3],
  ])('a run killed %s goes on from an empty disk and loads every row once', async (_, stage, number) => {
    const fake = await fakeBigQuery();
    const loading = new Loading(fake, TOTAL, METHOD);
    const hold = holdAppend(fake, stage, number);

    await loading.kill(loading.start(), hold.reached);
    await loading.finish();
    hold.release();

    expectEveryRowOnce(fake, TOTAL);
  });

  test.each<[string, 'before' | 'after', number]>([
    ['before the first rows are uploaded', 'before', 0],
    ['after the first rows were loaded', 'after', 0],
    ['before its write stream is recorded', 'before', 1],
    ['after its write stream was recorded', 'after', 1],
    ['before the first rows after that are uploaded', 'before', 2],
    ['after the first rows after that were loaded', 'after', 2],
  ])('a run killed %s goes on from an empty disk and loads every row once', async (_, when, skip) => {
    const fake = await fakeBigQuery();
    const loading = new Loading(fake, TOTAL, METHOD);
    for (let count = 0; count < skip; count += 1) fake.faults.hold('upload', when).release();
    const hold = fake.faults.hold('upload', when);

    await loading.kill(loading.start(), hold.reached);
    hold.release();
    await loading.finish();

    expectEveryRowOnce(fake, TOTAL);
  });

  test.each<[string, 'before' | 'after']>([
    ['before its successor uploads', 'before'],
    ['when its successor has loaded the rows', 'after'],
  ])(
    'an upload of the other method that was in the network at the kill is loaded once, arriving %s',
    async (_, when) => {
      const fake = await fakeBigQuery();
      const late = fake.faults.late();
      const dead = new Loading(fake, TOTAL, { batch_size_rows: 1000 });
      await dead.kill(dead.start(), late.arrived);
      fake.faults.hold('upload', 'before').release(); // it records its stream
      const hold = fake.faults.hold('upload', 'before');

      const loading = new Loading(fake, TOTAL, { ...METHOD, batch_size_rows: 1000 });
      const successor = loading.start();
      await hold.reached;
      if (when === 'before') expect(await late.release()).toBe(true);
      hold.release();
      expect(await loading.ended(successor), successor.stderr).toBe(0);
      if (when === 'after') expect(await late.release()).toBe(false);

      expectEveryRowOnce(fake, TOTAL);
    },
  );

  test('runs killed ten times at random, each time on an empty disk, with answers lost and uploads that land late, load every row once', async () => {
    const fake = await fakeBigQuery();
    const loading = new Loading(fake, 8000, { ...METHOD, batch_size_rows: 200 });
    const random = new Seeded(11);
    for (let kills = 0; kills < 10; kills += 1) {
      if (kills % 3 === 0) fake.faults.late(random.below(300));
      if (kills % 2 === 0) fake.write.faults.appends.push('none', 'lost');
      let appends = random.below(3);
      const appended = new Promise<void>((resolve) => {
        const stage = random.pick(['arrived', 'committed'] as const);
        fake.write.faults.onAppend = (event) => {
          if (event.stage === stage && appends-- <= 0) resolve();
        };
      });
      const step = random.pick([() => appended, () => fake.requests.nextCommit(1 + random.below(2))]);
      await loading.kill(loading.start(), step());
    }
    fake.write.faults.onAppend = undefined;
    await loading.finish();

    expectEveryRowOnce(fake, 8000);
  });
});

test('a run ends by itself once all is loaded', async () => {
  const fake = await fakeBigQuery();
  const loading = new Loading(fake, TOTAL, METHOD);
  expect(await loading.ended(loading.start())).toBe(0);
  expectEveryRowOnce(fake, TOTAL);
});
