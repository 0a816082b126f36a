import { PassThrough, Writable } from 'node:stream';
import { Output } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { StatePrinter } from '../../packages/target-core/dist/state-printer.js';
import { MemoryLoader } from '../helpers/memory-loader.js';
import {
  bookmarks,
  markedRecordOf,
  markedSchemaOf,
  recordOf,
  runMessages,
  schemaOf,
  stateOf,
  TargetUnderTest,
} from '../helpers/target-run.js';
import { until } from '../helpers/until.js';

test('a state waits for the rows before it, in whatever table', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('b', (table) => table.hold());
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 1 } });
  run.send(schemaOf('a'), schemaOf('b'), recordOf('a', { id: 1 }), stateOf({ n: 1 }));
  await run.printed(1);
  run.send(recordOf('b', { id: 1 }), stateOf({ n: 2 }), recordOf('a', { id: 2 }), stateOf({ n: 3 }));
  await run.loaded('a', 2);
  expect(run.states).toEqual(['{"n":1}']);

  loader.table('b').release();
  await run.printed(2);
  expect((await run.end()).states).toEqual(['{"n":1}', '{"n":3}']);
});

test('a state does not wait for rows after it', async () => {
  const run = new TargetUnderTest();
  run.send(
    schemaOf('a'),
    recordOf('a', { id: 1 }),
    stateOf({ n: 1 }),
    schemaOf('b'),
    recordOf('b', { id: 1 }),
  );
  await until(() => run.loader.tables.has('b'), 'the table b');
  expect(run.states).toEqual([]);
  await run.end();

  expect(run.states).toEqual(['{"n":1}']);
});

test('a state at the end of the input is printed', async () => {
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 1 }), stateOf({ n: 1 })]);

  expect(run.states).toEqual(['{"n":1}']);
});

test('a state with no records before it is printed at once', async () => {
  const run = new TargetUnderTest().send(stateOf({ n: 1 }));

  await run.printed(1);
  expect(run.hasEnded).toBe(false);
});

test.each([[{}], [null], [{ bookmarks: {} }]])('the empty state %j is not printed', async (value) => {
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 1 }), stateOf(value)]);

  expect(run.states).toEqual([]);
});

test('an empty state does not take the place of one before it', async () => {
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 1 }), stateOf({ n: 1 }), stateOf({})]);

  expect(run.states).toEqual(['{"n":1}']);
});

test('the same state is not printed twice in a row', async () => {
  const run = await runMessages([stateOf({ n: 1 }), stateOf({ n: 1 }), stateOf({ n: 2 }), stateOf({ n: 1 })]);

  expect(run.states).toEqual(['{"n":1}', '{"n":2}', '{"n":1}']);
});

test('a rejected record holds the state until it is durable', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('_sdc_rejected', (table) => table.hold());
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 1 } });
  run.send(schemaOf('a'), recordOf('a', { id: 'x' }), stateOf({ n: 1 }), recordOf('a', { id: 2 }));
  await run.loaded('a', 1);
  expect(run.states).toEqual([]);

  loader.table('_sdc_rejected').release();
  await run.printed(1);
  await run.end();
});

test('a row that the destination refuses holds the state until _sdc_rejected has it', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.refuse = (row) => (row.text.includes('"id":1') ? 'no' : undefined);
  });
  loader.prepare.set('_sdc_rejected', (table) => table.hold());
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 2 } });
  run.send(schemaOf('a'), recordOf('a', { id: 1 }), recordOf('a', { id: 2 }), stateOf({ n: 1 }));
  await run.loaded('a', 1);
  run.input.end();
  await until(() => loader.tables.get('_sdc_rejected')?.loading === 1, 'the load of the refused row');
  expect(run.states).toEqual([]);

  loader.table('_sdc_rejected').release();
  expect((await run.ended()).states).toEqual(['{"n":1}']);
});

test('redelivery after a clean end loads no marked row twice', async () => {
  const messages = [
    markedSchemaOf('a-data'),
    ...[1, 2, 3].map((position) => markedRecordOf('a-data', position)),
    markedRecordOf('a-data', 4, { id: 'x' }),
    stateOf(bookmarks({ 'a-data': 4 })),
  ];
  const { loader, states } = await runMessages(messages);
  const again = await runMessages(messages, { loader });

  expect(loader.table('a-data').records).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(loader.table('a-_sdc_rejected').rows).toHaveLength(1);
  expect(again.states).toEqual(states);
  expect(again.log.at(-1)?.fields).toMatchObject({ loaded: 0, skipped: 3 });
});

test('rows of other taps are loaded as often as they come', async () => {
  const messages = [schemaOf('a'), recordOf('a', { id: 1 }), recordOf('a', { id: 1 })];
  const { loader } = await runMessages(messages);
  await runMessages(messages, { loader });

  expect(loader.table('a').rows).toHaveLength(4);
});

test('while the reader of the states is slow few wait, and the newest is among them', async () => {
  const stdout = new PassThrough({ highWaterMark: 1 });
  const printer = new StatePrinter(new Output(stdout), () => {});
  for (let n = 1; n <= 1000; n += 1) printer.print(`{"n":${n}}`);
  const read: string[] = [];
  stdout.setEncoding('utf8').on('data', (text: string) => read.push(text));
  await printer.settled();

  const states = read.join('').trimEnd().split('\n');
  expect(states.length).toBeLessThan(20);
  expect(states.at(0)).toBe('{"n":1}');
  expect(states.at(-1)).toBe('{"n":1000}');
});

test('a reader of the states that is gone ends the run with exit code 6', async () => {
  const failures: unknown[] = [];
  const gone = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(), { code: 'EPIPE' })),
  });
  const printer = new StatePrinter(new Output(gone), (error) => failures.push(error));
  printer.print('1');
  await until(() => {
    printer.print(`${Date.now()}`);
    return failures.length > 0;
  }, 'the failure');

  expect(failures).toEqual([expect.objectContaining({ code: 'pipe_closed', exitCode: 6 })]);
});
