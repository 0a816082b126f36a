import { expect, test } from 'vitest';
import { recordOf, runMessages, schemaOf } from '../helpers/target-run.js';

const LEVELS = 20_000;
const deep = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`;
const recursive = schemaOf('s', { properties: { id: { type: 'integer' }, a: { $ref: '#' } } });
const deepRecord = `{"type":"RECORD","stream":"s","record":{"id":2,"a":${deep}}}`;

test('a SCHEMA that is nested too deep parks its stream, with its line and its depth', async () => {
  const schema = `{"type":"SCHEMA","stream":"t","schema":{"properties":{"b":${deep}}},"key_properties":[]}`;
  const run = await runMessages([schemaOf('s'), recordOf('s', { id: 1 }), schema]);

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
  expect(run.failure?.message).toContain(
    'Line 3: the SCHEMA of stream "t" is nested 20002 levels deep, but at most 1000 are allowed; the tap has to leave out deeper levels.',
  );
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
});

test('a SCHEMA with the greatest number of levels is accepted', async () => {
  const items = `${'{"type":"array","items":'.repeat(998)}{}${'}'.repeat(998)}`;
  const schema = `{"type":"SCHEMA","stream":"t","schema":{"properties":{"b":${items.replace('{}', 'true')}}},"key_properties":[]}`;
  const run = await runMessages([schema, schema, recordOf('t', { b: [[]] }), recordOf('t', { b: [5] })]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('t').records).toEqual([{ b: [[]] }]);
  expect(run.loader.table('_sdc_rejected').rows).toHaveLength(1);
});

test('a record too deep to be checked is rejected, and the run continues', async () => {
  const run = await runMessages([recursive, deepRecord, recordOf('s', { id: 3 })]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').records).toEqual([{ id: 3 }]);
  expect(JSON.parse(run.loader.table('_sdc_rejected').texts[0] as string)).toMatchObject({
    table_name: 's',
    reason: 'the record is nested 20001 levels deep, too deep to be checked',
  });
});

test('a record too deep to be checked ends a run with on_invalid_record fail, like any invalid record', async () => {
  const run = await runMessages([recursive, deepRecord], { settings: { on_invalid_record: 'fail' } });

  expect(run.failure).toMatchObject({ code: 'record_invalid', exitCode: 2 });
  expect(run.failure?.message).toContain(
    'Line 2: a record of stream "s" is invalid: the record is nested 20001',
  );
});

test.each([
  ['printed as it is', `{"bookmarks":${deep}}`, 1],
  ['left out when there is nothing in it', deep.replaceAll('"a"', '"bookmarks"').replace(':1', ':{}'), 0],
])('a STATE, however deep, is %s', async (_, value, printed) => {
  const run = await runMessages([`{"type":"STATE","value":${value}}`]);

  expect(run.failure).toBeUndefined();
  expect(run.states).toEqual([value].slice(0, printed));
});
