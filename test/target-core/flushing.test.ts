import { expect, test } from 'vitest';
import { recordOf, runMessages, schemaOf, stateOf, TargetUnderTest } from '../helpers/target-run.js';
import { until } from '../helpers/until.js';

const records = (stream: string, count: number, record: object = {}) =>
  Array.from({ length: count }, (_, index) => recordOf(stream, { id: index + 1, ...record }));

test('rows arrive in the order of their records', async () => {
  const run = await runMessages([schemaOf('s'), ...records('s', 25)], { settings: { batch_size_rows: 10 } });

  expect(run.loader.table('s').records).toEqual(
    Array.from({ length: 25 }, (_, index) => ({ id: index + 1 })),
  );
});

test('a batch is loaded as soon as it has its rows', async () => {
  const run = new TargetUnderTest({ settings: { batch_size_rows: 3 } });
  run.send(schemaOf('s'), ...records('s', 4));

  await run.loaded('s', 3);
  expect((await run.end()).loader.table('s').batches).toEqual([3, 1]);
});

test('a batch is loaded as soon as it has its bytes', async () => {
  const run = await runMessages([schemaOf('s'), ...records('s', 4, { name: 'x'.repeat(600) })], {
    settings: { batch_size_bytes: 1000, add_record_metadata: false },
  });

  expect(run.loader.table('s').batches).toEqual([2, 2]);
});

test('bytes are counted in UTF-8', async () => {
  const run = await runMessages([schemaOf('s'), ...records('s', 2, { name: '€'.repeat(400) })], {
    settings: { batch_size_bytes: 1200, add_record_metadata: false },
  });

  expect(run.loader.table('s').batches).toEqual([1, 1]);
});

test('a row larger than a batch is a batch of its own', async () => {
  const run = await runMessages([schemaOf('s'), ...records('s', 2, { name: 'x'.repeat(100_000) })], {
    settings: { batch_size_bytes: 1000 },
  });

  expect(run.loader.table('s').batches).toEqual([1, 1]);
});

test('a quiet stream is loaded when its oldest row reaches the age limit, and its state is printed', async () => {
  const run = new TargetUnderTest({ settings: { max_batch_age_seconds: 0.05 } });
  run.send(schemaOf('s'), ...records('s', 1), stateOf({ a: 1 }));

  await run.loaded('s', 1);
  await run.printed(1);
  expect(run.hasEnded).toBe(false);
  expect(run.states).toEqual(['{"a":1}']);
});

test('the age of each further batch of a quiet stream is counted on its own', async () => {
  const run = new TargetUnderTest({ settings: { max_batch_age_seconds: 0.05 } });
  run.send(schemaOf('s'), recordOf('s', { id: 1 }));
  await run.loaded('s', 1);
  run.send(recordOf('s', { id: 2 }));

  await run.loaded('s', 2);
  expect(run.loader.table('s').batches).toEqual([1, 1]);
});

test('a quiet stream is loaded while a busy one continues', async () => {
  const run = new TargetUnderTest({ settings: { max_batch_age_seconds: 0.1 } });
  run.send(schemaOf('quiet'), schemaOf('busy'), recordOf('quiet', { id: 1 }));

  await until(() => {
    run.send(...records('busy', 5));
    return run.loader.tables.get('quiet')?.rows.length === 1;
  }, 'the row of the quiet stream');
});

test('the end of the input loads what is left, and closes', async () => {
  const { loader, failure } = await runMessages([schemaOf('s'), ...records('s', 2)]);

  expect(loader.table('s').calls).toEqual(['open', 'load', 'close']);
  expect(loader.isClosed).toBe(true);
  expect(failure).toBeUndefined();
});

test('a table is opened even if no record comes', async () => {
  const { loader } = await runMessages([schemaOf('s')]);

  expect(loader.table('s').calls).toEqual(['open', 'close']);
});

test('a run without any input does nothing', async () => {
  const { loader, failure, states } = await runMessages([]);

  expect([loader.tables.size, loader.isClosed, failure, states]).toEqual([0, true, undefined, []]);
});

test('the log says how many records of each stream were loaded, skipped, rejected and dropped', async () => {
  const { log } = await runMessages([schemaOf('s'), ...records('s', 2), recordOf('s', { id: 'x' })]);

  expect(log.at(-1)).toEqual({
    level: 'info',
    fields: { stream: 's', loaded: 2, skipped: 0, rejected: 1, dropped: 0 },
    message: '2 rows loaded, 1 rejected',
  });
});

test('open batches that are too large together are loaded, the largest first, until half is left', async () => {
  const settings = { batch_size_bytes: 1000, add_record_metadata: false };
  const run = new TargetUnderTest({ settings }).send(...['a', 'b', 'c'].map((stream) => schemaOf(stream)));
  for (const [stream, length] of [
    ['b', 350],
    ['a', 400],
    ['c', 300],
  ] as const) {
    run.send(recordOf(stream, { id: 1, name: 'x'.repeat(length) }));
  }
  await run.loaded('b', 1);

  expect(run.loader.table('a').rows).toHaveLength(1);
  expect(run.loader.table('c').rows).toHaveLength(0);
});
