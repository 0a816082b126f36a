import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startBqemulator } from './emulator.js';
import { load, recordLine, schemaLine, stateLine, type TapStream } from './load.js';
import { QUERY, SENT, SHOP, shopLines } from './shop.js';

// From the target's stdin to what a query of bqemulator returns. It answers 500 on BIGNUMERIC, so numbers here have bounds
// that NUMERIC holds: numbers without bounds are looked at in goccy.check.ts.

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startBqemulator();
});
afterAll(() => emulator?.stop());

test('values of every type are what the tap sent', async () => {
  const { states } = await load(emulator, shopLines(SHOP));
  expect(states).toEqual(['{"bookmarks":{"shop-data":{"position":2,"inbox":"inbox-1"}}}']);
  expect(await emulator.rest.query(QUERY)).toEqual(SENT);
});

test('rows that come again, from the same tap and to an empty disk, are there once', async () => {
  const stream = { ...SHOP, stream: 'twice-data' };
  for (const _ of [1, 2]) await load(emulator, shopLines(stream));
  expect(await emulator.rest.number('SELECT COUNT(*) FROM twice.data')).toBe(2);
});

test('a record that breaks its schema is in _sdc_rejected, once however often it comes, and the others are in the table', async () => {
  const stream: TapStream = {
    stream: 'mixed-data',
    inbox: 'inbox-1',
    keys: ['id'],
    columns: { id: { type: 'integer' } },
  };
  const records = ['"id":1', '"id":"two"', '"id":3'].map((row, index) => recordLine(stream, index + 1, row));
  for (const _ of [1, 2]) await load(emulator, [schemaLine(stream), ...records, stateLine(stream, 3)]);
  const { rest } = emulator;
  expect(await rest.query('SELECT id FROM mixed.data ORDER BY id')).toEqual([{ id: '1' }, { id: '3' }]);
  expect(
    await rest.query(
      'SELECT table_name, _sdc_position, JSON_VALUE(record, "$.id") AS id FROM mixed._sdc_rejected',
    ),
  ).toEqual([{ table_name: 'data', _sdc_position: '2', id: 'two' }]);
});

test('the view data_latest shows the newest version of each key', async () => {
  const stream: TapStream = {
    stream: 'versions-data',
    inbox: 'inbox-1',
    keys: ['id'],
    columns: { id: { type: 'integer' }, name: { type: 'string' } },
  };
  const versions = [
    [1, '"id":1,"name":"first"'],
    [2, '"id":2,"name":"only"'],
    [3, '"id":1,"name":"second"'],
  ] as const;
  const records = versions.map(([position, row]) => recordLine(stream, position, row));
  await load(emulator, [schemaLine(stream), ...records, stateLine(stream, 3)]);
  expect(
    await emulator.rest.query('SELECT id, name, _sdc_position FROM versions.data_latest ORDER BY id'),
  ).toEqual([
    { id: '1', name: 'second', _sdc_position: '3' },
    { id: '2', name: 'only', _sdc_position: '2' },
  ]);
});

test('_sdc_loads tells what was loaded', async () => {
  await load(emulator, shopLines({ ...SHOP, stream: 'told-data' }));
  expect(
    await emulator.rest.query(
      `SELECT method, event, stream, table_name, \`rows\`, rejected, inbox, first_position, last_position
       FROM told._sdc_loads`,
    ),
  ).toEqual([
    {
      method: 'batch_job',
      event: 'loaded',
      stream: 'told-data',
      table_name: 'data',
      rows: '2',
      rejected: '0',
      inbox: 'inbox-1',
      first_position: '1',
      last_position: '2',
    },
  ]);
});
