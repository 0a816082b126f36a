import { describe, expect, onTestFinished, test } from 'vitest';
import { type Fake, startFake } from '../fake-bigquery/fake.js';
import type { RequestKind } from '../fake-bigquery/requests.js';
import { Loading } from '../helpers/bigquery-load.js';
import { Seeded } from '../helpers/seeded.js';
import { tempFolder } from '../helpers/temp.js';

const TOTAL = 1000;

async function fakeBigQuery(): Promise<Fake> {
  const fake = await startFake();
  onTestFinished(() => fake.close());
  return fake;
}

/** Steps of a load, named by the request that the target sends there. */
const STEPS: ReadonlyArray<readonly [step: string, on: RequestKind, when: 'before' | 'after', skip: number]> =
  [
    ['before it knows the dataset', 'datasets.get', 'before', 0],
    ['after it created the dataset', 'datasets.insert', 'after', 0],
    ['before it creates the table', 'tables.insert', 'before', 0],
    ['after it created the table', 'tables.insert', 'after', 0],
    ['before it looks for an earlier job', 'jobs.get', 'before', 0],
    ['with its rows on their way, not read by the service yet', 'upload', 'before', 0],
    ['after the commit, before the answer', 'upload', 'after', 0],
    ['after the second commit, before the answer', 'upload', 'after', 1],
    ['after the answer, before it knows that the job is done', 'jobs.get', 'before', 1],
  ];

describe('target-bigquery, killed with -9', () => {
  test.each(STEPS)(
    'a run killed %s goes on from an empty disk and loads every row once',
    async (_, on, when, skip) => {
      const fake = await fakeBigQuery();
      const loading = new Loading(fake, TOTAL);
      for (let count = 0; count < skip; count += 1) fake.faults.hold(on, when).release();
      const hold = fake.faults.hold(on, when);

      await loading.kill(loading.start(), hold.reached);
      hold.release();
      await loading.finish();

      loading.expectEveryRowOnce();
    },
  );

  test('a run killed in the middle of an upload goes on from the same disk and loads every row once', async () => {
    const fake = await fakeBigQuery();
    const loading = new Loading(fake, TOTAL);
    const disk = tempFolder();

    await loading.kill(loading.start(disk), fake.requests.bytesReceived(100_000));
    await loading.finish(disk);

    loading.expectEveryRowOnce();
  });

  test('an upload that was on the network at the kill is refused when the next run has loaded its rows', async () => {
    const fake = await fakeBigQuery();
    const loading = new Loading(fake, TOTAL);
    const late = fake.faults.late();

    await loading.kill(loading.start(), late.arrived);
    await loading.finish();
    const hasComeIn = await late.release();

    expect(hasComeIn).toBe(false);
    loading.expectEveryRowOnce();
  });

  test('an upload that was on the network at the kill is loaded once when it arrives before the next run uploads', async () => {
    const fake = await fakeBigQuery();
    const loading = new Loading(fake, TOTAL);
    const late = fake.faults.late();
    await loading.kill(loading.start(), late.arrived);
    const hold = fake.faults.hold('upload', 'before');

    const successor = loading.start();
    await hold.reached;
    const hasComeIn = await late.release();
    hold.release();

    expect(await loading.ended(successor), successor.stderr).toBe(0);
    expect(hasComeIn).toBe(true);
    loading.expectEveryRowOnce();
  });

  test('runs killed twenty times at random, each time on an empty disk, with uploads that land late, load every row once', async () => {
    const fake = await fakeBigQuery();
    const loading = new Loading(fake, 8000, { batch_size_rows: 200 });
    const random = new Seeded(7);
    for (let kills = 0; kills < 20; kills += 1) {
      if (kills % 4 === 0) fake.faults.late(random.below(300));
      const program = loading.start();
      const step = random.pick([
        () => fake.requests.bytesReceived(random.below(160_000)),
        () => fake.requests.nextCommit(1 + random.below(2)),
        () => fake.requests.nextRequest('jobs.get', 1 + random.below(3)),
      ]);
      await loading.kill(program, step());
    }
    await loading.finish();

    loading.expectEveryRowOnce();
  });
});
