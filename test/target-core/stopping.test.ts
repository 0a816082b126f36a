import { expect, test } from 'vitest';
import { MemoryLoader } from '../helpers/memory-loader.js';
import { recordOf, schemaOf, stateOf, TargetUnderTest } from '../helpers/target-run.js';
import { until } from '../helpers/until.js';

test('when stopped, the input is read to its end', async () => {
  const run = new TargetUnderTest().send(schemaOf('s'), recordOf('s', { id: 1 }));
  run.stop();
  run.send(recordOf('s', { id: 2 }), stateOf({ n: 1 }));
  await run.end();

  expect(run.loader.table('s').records).toEqual([{ id: 1 }, { id: 2 }]);
  expect(run.states).toEqual(['{"n":1}']);
  expect(run.failure).toBeUndefined();
});

test('when stopped, what has collected is loaded at once', async () => {
  const run = new TargetUnderTest().send(schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 }));
  await until(() => run.loader.tables.has('s'), 'the table');
  run.stop();

  await run.printed(1);
  expect(run.hasEnded).toBe(false);
});

test('an input that does not end is no longer read after a while, and the run succeeds', async () => {
  const run = new TargetUnderTest({ stopWithinMs: 50 });
  run.send(schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 }));
  run.input.write('{"type":"RECORD","str');
  await until(() => run.loader.tables.has('s'), 'the table');
  run.stop();
  await run.ended();

  expect(run.failure).toBeUndefined();
  expect(run.states).toEqual(['{"n":1}']);
  expect(run.loader.table('s').calls).toEqual(['open', 'load', 'close']);
  expect(run.loader.isClosed).toBe(true);
});

test('a line that a stopped tap tore is left out', async () => {
  const run = new TargetUnderTest().send(schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 }));
  run.stop();
  run.input.write('{"type":"RECORD","str');
  await run.end();

  expect(run.failure).toBeUndefined();
  expect(run.states).toEqual(['{"n":1}']);
});

test('a line that a stopped tap tore within a character is left out', async () => {
  const run = new TargetUnderTest().send(schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 }));
  run.stop();
  run.input.write(Buffer.from('{"type":"RECORD","stream":"s","record":{"name":"é').subarray(0, -1));
  await run.end();

  expect(run.failure).toBeUndefined();
  expect(run.states).toEqual(['{"n":1}']);
  expect(run.warnings).toEqual(['the last line is incomplete: the tap was stopped while it wrote it']);
});

test('a load that is still running when reading stops is waited for', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('s', (table) => table.hold());
  const run = new TargetUnderTest({ loader, stopWithinMs: 20, settings: { batch_size_rows: 1 } });
  run.send(schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 }));
  await until(() => loader.tables.get('s')?.loading === 1, 'the load');
  run.stop();
  await until(() => run.input.destroyed, 'the end of the reading');
  loader.table('s').release();
  await run.ended();

  expect(run.states).toEqual(['{"n":1}']);
});

test('states that nobody reads are no longer waited for after a while, and the run fails', async () => {
  const run = new TargetUnderTest({ stopWithinMs: 50, isStuck: true });
  run.send(schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 }), stateOf({ n: 2 }));
  run.stop();
  await run.end();

  expect(run.failure).toMatchObject({ code: 'output_unread', exitCode: 6 });
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(run.loader.isClosed).toBe(true);
});

test('a stop that comes while the last states wait for their reader ends the wait, too', async () => {
  const run = new TargetUnderTest({ stopWithinMs: 50, isStuck: true });
  run.send(schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 }));
  run.input.end();
  await run.printed(1);
  run.stop();
  await run.ended();

  expect(run.failure).toMatchObject({ code: 'output_unread', exitCode: 6 });
});
