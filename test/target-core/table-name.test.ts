import { splitStreamName } from '@tap-webhooks/target-core';
import { expect, test } from 'vitest';

test.each([
  ['stitch_delighted-data', 'stitch_delighted', 'data'],
  ['warehouse-sales-orders', 'sales', 'orders'],
  ['orders', undefined, 'orders'],
  ['a-b-c-d', undefined, 'a-b-c-d'],
  ['-data', undefined, '-data'],
  ['data-', undefined, 'data-'],
  ['-', undefined, '-'],
  ['test:Special!in?name', undefined, 'test:Special!in?name'],
])('stream %s is schema %s, table %s', (stream, schemaName, tableName) => {
  expect(splitStreamName(stream)).toEqual({ schemaName, tableName });
});

test('a default schema takes the place of the one in the name', () => {
  expect(splitStreamName('a-b', 'raw')).toEqual({ schemaName: 'raw', tableName: 'b' });
  expect(splitStreamName('orders', 'raw')).toEqual({ schemaName: 'raw', tableName: 'orders' });
});
