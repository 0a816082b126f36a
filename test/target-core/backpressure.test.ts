import { expect, test } from 'vitest';
import { MemoryLoader } from '../helpers/memory-loader.js';
import { recordOf, schemaOf, TargetUnderTest } from '../helpers/target-run.js';
import { until } from '../helpers/until.js';

function heldAt(...streams: string[]): MemoryLoader {
  const loader = new MemoryLoader();
  for (const stream of streams) loader.prepare.set(stream, (table) => table.hold());
  return loader;
}

/** Feeds records to streams in turn until the reader takes no more. Returns how many went in. */
async function feedUntilStuck(
  run: TargetUnderTest,
  streams: readonly string[],
  record: object,
): Promise<number> {
  let sent = 0;
  await until(async () => {
    while (run.input.writableLength + run.input.readableLength < 1_000_000) {
      run.send(recordOf(streams[sent % streams.length] as string, { id: sent, ...record }));
      sent += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return run.input.writableLength + run.input.readableLength >= 1_000_000;
  }, 'a reader that takes no more');
  return sent;
}

test('while a batch is loaded one more collects, then the reader waits', async () => {
  const run = new TargetUnderTest({ loader: heldAt('s'), settings: { batch_size_rows: 10 } });
  run.send(schemaOf('s'), ...Array.from({ length: 1000 }, (_, id) => recordOf('s', { id })));
  await until(() => run.loader.tables.get('s')?.loading === 1, 'a load');
  run.send(recordOf('never-opened', {}));
  expect(run.loader.table('s').calls).toEqual(['open', 'load']);

  run.loader.table('s').release();
  await run.ended();
  expect(run.loader.table('s').batches).toEqual(Array.from({ length: 100 }, () => 10));
  expect(run.failure).toMatchObject({ code: 'record_before_schema' });
});

test('each table runs one load at a time', async () => {
  const run = new TargetUnderTest({ settings: { batch_size_rows: 1 } });
  run.send(schemaOf('s'), ...Array.from({ length: 200 }, (_, id) => recordOf('s', { id })));
  await run.end();

  expect(run.loader.table('s').mostLoading).toBe(1);
  expect(run.loader.table('s').rows).toHaveLength(200);
});

test('tables load at the same time', async () => {
  const run = new TargetUnderTest({ loader: heldAt('a', 'b'), settings: { batch_size_rows: 1 } });
  run.send(schemaOf('a'), schemaOf('b'), recordOf('a', { id: 1 }), recordOf('b', { id: 1 }));

  await until(
    () => run.loader.tables.get('a')?.loading === 1 && run.loader.tables.get('b')?.loading === 1,
    'two loads',
  );
  for (const table of run.loader.tables.values()) table.release();
  await run.end();
});

test('a stuck destination stops the reader, however many streams there are', async () => {
  const streams = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const run = new TargetUnderTest({ loader: heldAt(...streams), settings: { batch_size_bytes: 100_000 } });
  run.send(...streams.map((stream) => schemaOf(stream)));
  const sent = await feedUntilStuck(run, streams, { name: 'x'.repeat(1000) });

  // what was read is what was sent without the million bytes that wait: at most two batches over all streams, and a chunk
  const read = sent * 1070 - 1_000_000;
  expect(read).toBeLessThan(2 * 100_000 * 1.5 + 200_000);
  for (const table of run.loader.tables.values()) table.release();
  await run.end();
  const loaded = [...run.loader.tables.values()].reduce((sum, table) => sum + table.rows.length, 0);
  expect(loaded).toBe(sent);
});

test('when many small batches fill the memory the largest is loaded first', async () => {
  const run = new TargetUnderTest({ settings: { batch_size_bytes: 10_000, add_record_metadata: false } });
  const name = 'x'.repeat(1000);
  run.send(schemaOf('small'), schemaOf('large'), recordOf('small', { id: 1, name }));
  run.send(...Array.from({ length: 9 }, (_, id) => recordOf('large', { id, name })));

  await run.loaded('large', 9);
  expect(run.loader.table('small').rows).toEqual([]);
  await run.end();
});

test('a slow loader loses nothing and keeps the order', async () => {
  const loader = heldAt('s');
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 7 } });
  run.send(schemaOf('s'), ...Array.from({ length: 100 }, (_, id) => recordOf('s', { id })));
  await until(() => loader.tables.get('s')?.loading === 1, 'a load');
  loader.table('s').release();
  await run.end();

  expect(loader.table('s').records).toEqual(Array.from({ length: 100 }, (_, id) => ({ id })));
});
