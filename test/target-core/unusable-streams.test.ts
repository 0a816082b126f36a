import { describe, expect, test } from 'vitest';
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

const withoutProperties = (stream: string, more: object = {}) => ({
  type: 'SCHEMA',
  stream,
  schema: { type: 'object', ...more },
  key_properties: [],
});
const markedWithoutProperties = (stream: string) =>
  withoutProperties(stream, { 'x-sdc-identity': ['_sdc_inbox', '_sdc_position'] });
const parsed = (run: TargetUnderTest) => run.states.map((state) => JSON.parse(state));

/** Messages that make stream `b` unusable. */
const UNUSABLE: ReadonlyArray<readonly [name: string, message: object, words: string]> = [
  ['a first SCHEMA without properties', withoutProperties('b'), 'has no "properties"'],
  [
    'a first SCHEMA with too many levels',
    schemaOf('b', { properties: { id: JSON.parse(`${'{"items":'.repeat(1100)}{}${'}'.repeat(1100)}`) } }),
    'levels deep',
  ],
];

describe.each(UNUSABLE)('%s', (_, message, words) => {
  test('parks the stream alone: the others are loaded, and the exit code is 2', async () => {
    const run = await runMessages([
      schemaOf('a'),
      recordOf('a', { id: 1 }),
      message,
      recordOf('b', { id: 1 }),
      recordOf('b', { id: 2 }),
      recordOf('a', { id: 2 }),
      schemaOf('c'),
      recordOf('c', { id: 3 }),
    ]);

    expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
    expect(run.failure?.message).toMatch(/^Line 3: /);
    expect(run.failure?.message).toContain(words);
    expect(run.failure?.message).toContain('2 records were not loaded');
    expect(run.loader.table('a').records).toEqual([{ id: 1 }, { id: 2 }]);
    expect(run.loader.table('c').records).toEqual([{ id: 3 }]);
    expect(run.loader.tables.has('b')).toBe(false);
    expect(run.log.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('lets only states out that were read before it, when the tap is not ours', async () => {
    const run = await runMessages([
      schemaOf('a'),
      recordOf('a', { id: 1 }),
      stateOf({ n: 1 }),
      message,
      stateOf({ n: 2 }),
      recordOf('a', { id: 2 }),
      stateOf({ n: 3 }),
    ]);

    expect(parsed(run)).toEqual([{ n: 1 }]);
  });
});

test('a marked stream whose SCHEMA cannot be used has no bookmark in the states, and those of the others advance', async () => {
  const run = await runMessages([
    markedSchemaOf('a-data'),
    markedWithoutProperties('b-data'),
    markedRecordOf('a-data', 1),
    markedRecordOf('b-data', 2),
    stateOf(bookmarks({ 'a-data': 2, 'b-data': 2 })),
  ]);

  expect(parsed(run)).toEqual([bookmarks({ 'a-data': 2 })]);
  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
});

test('a marked stream keeps its bookmark from before a SCHEMA that cannot be used, and its rows from before are loaded', async () => {
  const run = await runMessages([
    markedSchemaOf('a-data'),
    markedSchemaOf('b-data'),
    markedRecordOf('b-data', 1),
    stateOf(bookmarks({ 'a-data': 1, 'b-data': 1 })),
    markedWithoutProperties('b-data'),
    markedRecordOf('b-data', 2),
    markedRecordOf('a-data', 3),
    stateOf(bookmarks({ 'a-data': 3, 'b-data': 3 })),
  ]);

  expect(parsed(run).at(-1)).toEqual(bookmarks({ 'a-data': 3, 'b-data': 1 }));
  expect(run.loader.table('b-data').records).toEqual([{ id: 1 }]);
  expect(run.loader.table('a-data').records).toEqual([{ id: 3 }]);
});

test.each([
  ['without a position', { id: 2 }],
  ['with a position that is no integer', { id: 2, _sdc_inbox: 'i', _sdc_position: 1.5 }],
  ['with a sequence that is no integer', { id: 2, _sdc_inbox: 'i', _sdc_position: 1, _sdc_sequence: '5' }],
  ['with an inbox that is no text', { id: 2, _sdc_inbox: 5, _sdc_position: 2 }],
])('a record %s parks its marked stream alone', async (_, record) => {
  const run = await runMessages([
    markedSchemaOf('a-data'),
    markedSchemaOf('b-data'),
    markedRecordOf('b-data', 1),
    recordOf('b-data', record),
    markedRecordOf('b-data', 3),
    markedRecordOf('a-data', 4),
    stateOf(bookmarks({ 'a-data': 4, 'b-data': 4 })),
  ]);

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
  expect(run.failure?.message).toMatch(/^Line 4: .*_sdc_position.* 2 records were not loaded/);
  expect(run.loader.table('b-data').records).toEqual([{ id: 1 }]);
  expect(run.loader.table('a-data').records).toEqual([{ id: 4 }]);
  expect(parsed(run)).toEqual([bookmarks({ 'a-data': 4 })]);
});

test.each([
  ['id', 'id'],
  ['a key that objects inherit', 'constructor'],
])('a record without its key parks its stream alone: %s', async (_, key) => {
  const run = await runMessages([
    schemaOf('a'),
    schemaOf('b', {}, [key]),
    recordOf('b', JSON.parse(`{"${key}":1}`)),
    stateOf({ n: 1 }),
    recordOf('b', { name: 'x' }),
    recordOf('a', { id: 1 }),
    stateOf({ n: 2 }),
  ]);

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
  expect(run.failure?.message).toMatch(`Line 5: missing key property "${key}"`);
  expect(run.loader.table('a').records).toEqual([{ id: 1 }]);
  expect(run.loader.table('b').rows).toHaveLength(1);
  expect(parsed(run)).toEqual([{ n: 1 }]);
});

test('a stream that would load into _sdc_rejected is parked alone', async () => {
  const run = await runMessages([schemaOf('x-_sdc_rejected'), schemaOf('x-a'), recordOf('x-a', { id: 1 })]);

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
  expect(run.failure?.message).toContain('rename');
  expect(run.loader.table('x-a').records).toEqual([{ id: 1 }]);
});

test('a later SCHEMA of a parked stream changes nothing', async () => {
  const run = await runMessages([
    schemaOf('a'),
    withoutProperties('b'),
    schemaOf('b'),
    recordOf('b', { id: 1 }),
    recordOf('a', { id: 2 }),
  ]);

  expect(run.loader.tables.has('b')).toBe(false);
  expect(run.loader.table('a').records).toEqual([{ id: 2 }]);
});

test('states that wait for another table are printed, although a stream was parked after them', async () => {
  const run = new TargetUnderTest();
  run.send(schemaOf('a'), recordOf('a', { id: 1 }), stateOf({ n: 1 }), withoutProperties('b'));
  run.send(recordOf('a', { id: 2 }), stateOf({ n: 2 }));
  await run.end();

  expect(parsed(run)).toEqual([{ n: 1 }]);
  expect(run.loader.table('a').records).toEqual([{ id: 1 }, { id: 2 }]);
});

test.each([
  ['a record without its key', [schemaOf('a'), recordOf('a', { id: 1 }), recordOf('a', { name: 'x' })], 1],
  [
    'a record without its key, when another was rejected',
    [schemaOf('a'), recordOf('a', { id: 'x' }), recordOf('a', { name: 'x' })],
    1,
  ],
  ['a SCHEMA that cannot be used', [withoutProperties('a'), recordOf('a', { id: 1 })], 1],
])('streams that come after the first one was parked are loaded: %s', async (_, messages, dropped) => {
  const run = new TargetUnderTest();
  run.send(...messages);
  await until(() => run.log.some(({ level }) => level === 'error'), 'the stream to be parked');
  run.send(schemaOf('b'), recordOf('b', { id: 2 }));
  await run.end();

  expect(run.loader.table('b').records).toEqual([{ id: 2 }]);
  expect(run.failure?.message).toContain(`${dropped} record was not loaded`);
});

test('no missing records are mentioned when none came', async () => {
  const run = await runMessages([withoutProperties('b')]);

  expect(run.failure?.message).toBe(
    'Line 1: the SCHEMA of stream "b" has no "properties"; the tap has to name the columns.',
  );
});

test('the failure gives 20 different reasons at most', async () => {
  const run = await runMessages(Array.from({ length: 50 }, (_, index) => withoutProperties(`s${index}`)));

  expect(run.failure?.message).toMatch(
    /^Line 1: .*Line 20: .* … and 30 other reasons; the log has them all\.$/,
  );
});
