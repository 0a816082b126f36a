import { ToolkitError } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
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

const broken = new ToolkitError('table_broken', 3, 'Table "data" is full; make room.');

function failing(...streams: string[]): MemoryLoader {
  const loader = new MemoryLoader();
  for (const stream of streams) {
    loader.prepare.set(stream, (table) => {
      table.failure = broken;
    });
  }
  return loader;
}

const parsed = (run: TargetUnderTest) => run.states.map((state) => JSON.parse(state));

test('a table that fails for good is parked, and the others continue', async () => {
  const run = new TargetUnderTest({ loader: failing('a-data'), settings: { batch_size_rows: 1 } });
  run.send(markedSchemaOf('a-data'), markedSchemaOf('b-data'));
  run.send(markedRecordOf('a-data', 1), markedRecordOf('b-data', 2));
  await run.loaded('b-data', 1);
  await until(() => run.log.some(({ level }) => level === 'error'), 'the table to be parked');
  run.send(markedRecordOf('a-data', 3), markedRecordOf('a-data', 4), markedRecordOf('b-data', 5));
  await run.end();

  expect(run.loader.table('b-data').records).toEqual([{ id: 2 }, { id: 5 }]);
  expect(run.loader.table('a-data').calls).toEqual(['open', 'load', 'close']);
  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 3 });
  expect(run.failure?.message).toBe(
    'Table "data" is full; make room. 3 records were not loaded; no state covers them, so the next run sends them again.',
  );
});

test('a failure of the whole destination ends the run, and parks no table', async () => {
  const run = new TargetUnderTest({ loader: failing('a-data'), settings: { batch_size_rows: 1 } });
  run.loader.isUnavailable = true;
  run.send(markedSchemaOf('a-data'), markedSchemaOf('b-data'));
  run.send(markedRecordOf('b-data', 1), stateOf(bookmarks({ 'a-data': 1, 'b-data': 1 })));
  await run.printed(1);
  run.send(markedRecordOf('a-data', 2), stateOf(bookmarks({ 'a-data': 2, 'b-data': 2 })));
  await run.ended();

  expect(run.failure).toMatchObject({ code: 'table_broken', exitCode: 3 });
  expect(parsed(run)).toEqual([bookmarks({ 'a-data': 1, 'b-data': 1 })]);
  expect(run.loader.isClosed).toBe(true);
});

test("the state of marked streams is printed with the parked stream's bookmark held where it was durable", async () => {
  const run = new TargetUnderTest({ settings: { batch_size_rows: 1 } });
  run.send(markedSchemaOf('a-data'), markedSchemaOf('b-data'));
  run.send(
    markedRecordOf('a-data', 1),
    markedRecordOf('b-data', 2),
    stateOf(bookmarks({ 'a-data': 2, 'b-data': 2 })),
  );
  await run.printed(1);
  run.loader.table('a-data').failure = broken;
  run.send(
    markedRecordOf('a-data', 3),
    markedRecordOf('b-data', 4),
    stateOf(bookmarks({ 'a-data': 4, 'b-data': 4 })),
  );
  await run.printed(2);
  run.send(markedRecordOf('b-data', 5), stateOf(bookmarks({ 'a-data': 5, 'b-data': 5 })));
  await run.end();

  expect(parsed(run)).toEqual([
    bookmarks({ 'a-data': 2, 'b-data': 2 }),
    bookmarks({ 'a-data': 2, 'b-data': 4 }),
    bookmarks({ 'a-data': 2, 'b-data': 5 }),
  ]);
});

test('a parked stream that was never durable has no bookmark in the state', async () => {
  const run = await runMessages(
    [
      markedSchemaOf('a-data'),
      markedSchemaOf('b-data'),
      markedRecordOf('a-data', 1),
      markedRecordOf('b-data', 2),
      stateOf(bookmarks({ 'a-data': 2, 'b-data': 2 })),
    ],
    { loader: failing('a-data') },
  );

  expect(parsed(run)).toEqual([bookmarks({ 'b-data': 2 })]);
});

test('what was dropped comes again in the next run, and is loaded once', async () => {
  const messages = [
    markedSchemaOf('a-data'),
    markedSchemaOf('b-data'),
    ...[1, 2, 3, 4].map((position) => markedRecordOf(position % 2 ? 'a-data' : 'b-data', position)),
    stateOf(bookmarks({ 'a-data': 4, 'b-data': 4 })),
  ];
  const { loader } = await runMessages(messages, { loader: failing('a-data') });
  loader.table('a-data').failure = undefined;
  const again = await runMessages(messages, { loader });

  expect(loader.table('a-data').records).toEqual([{ id: 1 }, { id: 3 }]);
  expect(loader.table('b-data').records).toEqual([{ id: 2 }, { id: 4 }]);
  expect(parsed(again)).toEqual([bookmarks({ 'a-data': 4, 'b-data': 4 })]);
});

test('when the table of another tap is parked no state is printed from then on', async () => {
  const run = new TargetUnderTest({ settings: { batch_size_rows: 1 } });
  run.send(schemaOf('a'), schemaOf('b'), recordOf('a', { id: 1 }), stateOf({ n: 1 }));
  await run.printed(1);
  run.loader.table('a').failure = broken;
  run.send(recordOf('a', { id: 2 }), stateOf({ n: 2 }), recordOf('b', { id: 3 }), stateOf({ n: 3 }));
  await run.end();

  expect(run.states).toEqual(['{"n":1}']);
  expect(run.loader.table('b').rows).toHaveLength(1);
  expect(run.failure?.exitCode).toBe(3);
});

test('when no table is left the run ends at once', async () => {
  const run = new TargetUnderTest({ loader: failing('a-data'), settings: { batch_size_rows: 1 } });
  run.send(markedSchemaOf('a-data'), markedRecordOf('a-data', 1));
  await run.ended();

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 3 });
  expect(run.input.destroyed).toBe(true);
});

test('a load that fails with an unknown error does not reveal what it was loading', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.failure = Object.assign(new Error('canary'), { code: 'ENOSPC' });
  });
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 1 })], { loader });

  expect(run.failure?.message).toContain('Table "a" could not be loaded (ENOSPC).');
  expect(run.failure?.message).not.toContain('canary');
});

test('a change that fails parks the table', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.alterFailure = broken;
  });
  const run = await runMessages(
    [
      schemaOf('a'),
      schemaOf('b'),
      recordOf('a', { id: 1 }),
      schemaOf('a', { properties: { id: { type: 'string' } } }),
      recordOf('a', { id: 'x' }),
      recordOf('b', { id: 1 }),
    ],
    { loader },
  );

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 3 });
  expect(loader.table('a').records).toEqual([{ id: 1 }]);
  expect(loader.table('b').records).toEqual([{ id: 1 }]);
});

test('when _sdc_rejected fails, the streams with records in it are parked, and the others continue', async () => {
  const loader = failing('x-_sdc_rejected');
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 1 } });
  run.send(markedSchemaOf('x-a'), markedSchemaOf('x-b'), markedRecordOf('x-a', 1));
  run.send(stateOf(bookmarks({ 'x-a': 1, 'x-b': 1 })));
  await run.printed(1);
  run.send(markedRecordOf('x-a', 2, { id: 'bad' }), markedRecordOf('x-b', 3));
  run.send(stateOf(bookmarks({ 'x-a': 3, 'x-b': 3 })), markedRecordOf('x-a', 4));
  await run.printed(2);
  await run.end();

  expect(parsed(run)).toEqual([bookmarks({ 'x-a': 1, 'x-b': 1 }), bookmarks({ 'x-a': 1, 'x-b': 3 })]);
  expect(loader.table('x-b').records).toEqual([{ id: 3 }]);
  expect(run.failure?.exitCode).toBe(3);
});

test('a stream whose record is rejected after _sdc_rejected failed is parked then', async () => {
  const loader = failing('x-_sdc_rejected');
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 1 } });
  run.send(markedSchemaOf('x-a'), markedSchemaOf('x-b'), markedSchemaOf('x-c'));
  run.send(markedRecordOf('x-a', 1, { id: 'bad' }));
  await until(() => run.log.some(({ level }) => level === 'error'), 'the first stream to be parked');
  run.send(markedRecordOf('x-b', 2), stateOf(bookmarks({ 'x-a': 2, 'x-b': 2, 'x-c': 2 })));
  await run.printed(1);
  run.send(markedRecordOf('x-b', 3, { id: 'bad' }), markedRecordOf('x-c', 4));
  run.send(stateOf(bookmarks({ 'x-a': 4, 'x-b': 4, 'x-c': 4 })));
  await run.end();

  expect(parsed(run)).toEqual([bookmarks({ 'x-b': 2, 'x-c': 2 }), bookmarks({ 'x-b': 2, 'x-c': 4 })]);
});

test('when the destination refuses rows and _sdc_rejected fails, no state covers them', async () => {
  const loader = failing('x-_sdc_rejected');
  loader.prepare.set('x-a', (table) => {
    table.refuse = (row) => (row.identity?.position === 1 ? 'no' : undefined);
  });
  const run = await runMessages(
    [
      markedSchemaOf('x-a'),
      markedSchemaOf('x-b'),
      markedRecordOf('x-a', 1),
      stateOf(bookmarks({ 'x-a': 1, 'x-b': 1 })),
      markedRecordOf('x-a', 2),
      markedRecordOf('x-b', 3),
      stateOf(bookmarks({ 'x-a': 3, 'x-b': 3 })),
    ],
    { loader },
  );

  expect(parsed(run)).toEqual([bookmarks({ 'x-b': 3 })]);
});

test('a record that _sdc_rejected refuses parks its own stream, and those of others are kept', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('x-_sdc_rejected', (table) => {
    table.refuse = (row) => (JSON.parse(row.text).table_name === 'a' ? 'too large' : undefined);
  });
  const run = await runMessages(
    [
      ...['x-a', 'x-b'].map((stream) => schemaOf(stream)),
      ...['x-a', 'x-b'].map((stream) => recordOf(stream, { id: 'bad' })),
      recordOf('x-b', { id: 1 }),
    ],
    { loader },
  );

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 3 });
  expect(loader.table('x-b').records).toEqual([{ id: 1 }]);
  expect(loader.table('x-_sdc_rejected').texts.map((text) => JSON.parse(text).table_name)).toEqual(['b']);
  expect(run.log.filter(({ message }) => message.includes('could not be kept'))).toHaveLength(1);
});

test('rows that _sdc_rejected refuses itself are not lost silently', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('_sdc_rejected', (table) => {
    table.refuse = () => 'no';
  });
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 'bad' }), stateOf({ n: 1 })], { loader });

  expect(run.states).toEqual([]);
  expect(run.failure?.exitCode).toBe(3);
});

test('a table that cannot be opened ends the run with the exit code of the loader', async () => {
  const loader = new MemoryLoader();
  loader.openFailure = { stream: 'b', error: new ToolkitError('table_locked', 4, 'Table b is in use.') };
  const run = await runMessages(
    [schemaOf('a'), recordOf('a', { id: 1 }), stateOf({ n: 1 }), schemaOf('b'), recordOf('b', { id: 1 })],
    { loader },
  );

  expect(run.failure).toMatchObject({ code: 'table_locked', exitCode: 4 });
  expect(loader.table('a').rows).toHaveLength(1);
  expect(run.states).toEqual(['{"n":1}']);
  expect(loader.isClosed).toBe(true);
});

test('an _sdc_rejected that cannot be opened ends the run, and no state covers the record', async () => {
  const loader = new MemoryLoader();
  loader.openFailure = {
    stream: '_sdc_rejected',
    error: new ToolkitError('table_locked', 4, 'Table is in use.'),
  };
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 'bad' }), stateOf({ n: 1 })], { loader });

  expect(run.failure).toMatchObject({ code: 'table_locked', exitCode: 4 });
  expect(run.states).toEqual([]);
});

test('a sink that fails while it is closed fails the run, after all others are closed', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.closeFailure = broken;
  });
  const run = await runMessages([schemaOf('a'), schemaOf('b')], { loader });

  expect(run.failure).toMatchObject({ code: 'table_broken', exitCode: 3 });
  expect(loader.table('b').calls).toEqual(['open', 'close']);
  expect(loader.isClosed).toBe(true);
});

test('a load that fails after its stream was parked sets the bookmark further back', async () => {
  const loader = failing('x-_sdc_rejected');
  loader.prepare.set('x-a', (table) => {
    table.hold();
    table.failure = broken;
  });
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 1 } });
  run.send(markedSchemaOf('x-a'), markedSchemaOf('x-b'), stateOf(bookmarks({ 'x-a': 1, 'x-b': 1 })));
  run.send(markedRecordOf('x-a', 2), stateOf(bookmarks({ 'x-a': 2, 'x-b': 2 })));
  run.send(markedRecordOf('x-a', 3, { id: 'bad' }), stateOf(bookmarks({ 'x-a': 3, 'x-b': 3 })));
  await until(() => run.log.some(({ level }) => level === 'error'), 'the stream to be parked');
  loader.table('x-a').release();
  await run.end();

  expect(parsed(run)).toEqual([bookmarks({ 'x-a': 1, 'x-b': 1 }), bookmarks({ 'x-a': 1, 'x-b': 3 })]);
});
