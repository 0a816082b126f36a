import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../../packages/target-bigquery/dist/config.js';
import { newTable } from '../../../packages/target-bigquery/dist/table/table.js';
import { tempFolder } from '../../helpers/temp.js';

const text = { type: 'string' };

function made(properties: object, keyProperties: string[], settings: object = {}) {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ project: 'test', ...settings }));
  const definition = {
    stream: 'shop-orders',
    schemaName: 'shop',
    tableName: 'orders',
    schema: { type: 'object', properties },
    keyProperties,
    hasIdentity: true,
  };
  return newTable(
    readConfig([path], {}, () => {}),
    definition,
    {},
  );
}

test('a new table is clustered by the columns of its key, whatever their names', () => {
  const properties = { _sdc_sequence: { type: 'integer' }, 'order id': text, Orders: text };
  expect(made(properties, ['order id', 'Orders']).clustering).toEqual([
    'order_id',
    'Orders_',
    '_sdc_sequence',
  ]);
});

test('a new table is not clustered by the column of another field with the name of the key', () => {
  const properties = { ID: { type: 'integer' }, id: text };
  const { clustering, fields } = made(properties, ['id']);
  expect(fields?.map(({ name }) => name).slice(0, 2)).toEqual(['ID', expect.stringMatching(/^id_/)]);
  expect(clustering).toEqual([fields?.[1]?.name]);
});

test('a new table is partitioned by a column whose field has another name', () => {
  const properties = { 'ordered at': { type: 'string', format: 'date-time' } };
  for (const column of ['ordered at', 'ordered_at', 'ORDERED_AT'])
    expect(made(properties, [], { partition_column: column }).timePartitioning?.field).toBe('ordered_at');
});
