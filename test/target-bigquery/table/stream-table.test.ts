import type { TableDefinition } from '@tap-webhooks/target-core';
import { expect, test } from 'vitest';
import type { Config } from '../../../packages/target-bigquery/dist/config.js';
import {
  newTableRef,
  tableDescription,
  tableRefOf,
} from '../../../packages/target-bigquery/dist/table/stream-table.js';
import { unmarked } from '../../contracts/loader.js';
import { MemoryWarehouse } from '../memory-warehouse.js';

const config = { dataset: 'plain' } as Config;
const definition = (tableName: string, schemaName?: string): TableDefinition => ({
  ...unmarked,
  stream: schemaName === undefined ? tableName : `${schemaName}-${tableName}`,
  schemaName,
  tableName,
});

// the digits are the beginning of the SHA-256 of the name in UTF-8
test.each([
  ['orders', 'orders'],
  ['Users', 'Users'],
  ['_', '_'],
  ['a.b', 'a_b'],
  ['a/b', 'a_b'],
  ['public users', 'public_users'],
  ['日本', '___cf2abf0c'],
  ['中国', '___f0e95216'],
  ['..', '___5ec1f7e7'],
  ['größe', 'gr__e_d353a267'],
])('the new table of stream %s is %s', async (stream, table) => {
  expect(newTableRef(definition(stream), config)).toEqual({ dataset: 'plain', table });
  expect(await tableRefOf(new MemoryWarehouse(), definition(stream), config)).toEqual({
    dataset: 'plain',
    table,
  });
});

test.each([
  ['_sdc.loads', '_sdc_loads_5df0a152'],
  ['_sdc rejected', '_sdc_rejected_dbefcec1'],
])('stream %s never gets a table that the target keeps itself, but %s', async (stream, table) => {
  const service = new MemoryWarehouse();
  service.addTable({ dataset: 'plain', table: '_sdc_loads' }, {});
  service.addTable({ dataset: 'plain', table: '_sdc_rejected' }, {});
  expect(newTableRef(definition(stream), config).table).toBe(table);
  expect((await tableRefOf(service, definition(stream), config)).table).toBe(table);
});

test('a new dataset whose name loses letters gets a digest too', () => {
  expect(newTableRef(definition('data', '日本'), config)).toEqual({ dataset: '___cf2abf0c', table: 'data' });
});

test('names of more than 1024 characters differ when the streams do', () => {
  const [a, b] = ['a', 'b'].map((end) => newTableRef(definition('n'.repeat(1024) + end), config).table);
  expect(a).toHaveLength(1024);
  expect(b).toHaveLength(1024);
  expect(a).not.toBe(b);
});

test('a table or dataset of an earlier version goes on being used', async () => {
  const service = new MemoryWarehouse();
  service.addDataset('__');
  service.addTable({ dataset: 'plain', table: '__' }, { description: tableDescription('日本') });
  service.addTable({ dataset: 'plain', table: 'gr__e' }, { description: 'of our own' });
  expect(await tableRefOf(service, definition('日本'), config)).toEqual({ dataset: 'plain', table: '__' });
  expect(await tableRefOf(service, definition('größe'), config)).toEqual({
    dataset: 'plain',
    table: 'gr__e',
  });
  expect(await tableRefOf(service, definition('data', '日本'), config)).toEqual({
    dataset: '__',
    table: 'data',
  });
});

test("a stream never gets another stream's table", async () => {
  const service = new MemoryWarehouse();
  service.addTable({ dataset: 'plain', table: '__' }, { description: tableDescription('日本') });
  service.addTable({ dataset: 'plain', table: 'a_b' }, { description: tableDescription('a.b') });
  expect(await tableRefOf(service, definition('中国'), config)).toEqual({
    dataset: 'plain',
    table: '___f0e95216',
  });
  expect(await tableRefOf(service, definition('a/b'), config)).toEqual({
    dataset: 'plain',
    table: 'a_b_c14cddc0',
  });
  expect(await tableRefOf(service, definition('a.b'), config)).toEqual({ dataset: 'plain', table: 'a_b' });
});
