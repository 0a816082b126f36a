import type { TableDefinition } from '@tap-webhooks/target-core';
import { expect, test } from 'vitest';
import { configFor, fakeBigQuery, openRun } from '../open-loader.js';

function customers(...names: string[]): TableDefinition {
  const properties = Object.fromEntries(names.map((name) => [name, { type: ['null', 'string'] }]));
  return {
    stream: 'contract-data',
    schemaName: 'contract',
    tableName: 'data',
    schema: { type: 'object', properties },
    keyProperties: [],
    hasIdentity: false,
  };
}

test("a column that was found by likeness stays its field's, whichever fields come later", async () => {
  const fake = await fakeBigQuery();
  fake.tables.addDataset('contract', 'US');
  fake.tables.addTable('contract', 'data').fields = [
    { name: 'customerid', type: 'STRING', mode: 'NULLABLE' },
  ];
  const first = await openRun(configFor(fake), customers('customerId'));
  await first.load([{ text: '{"customerId":"a"}', identity: undefined }]);
  await first.close();

  const next = await openRun(configFor(fake), customers('CustomerID', 'customerId'));
  await next.load([{ text: '{"CustomerID":"c","customerId":"b"}', identity: undefined }]);

  expect(fake.rows('contract', 'data').map(({ customerid }) => customerid)).toEqual(['a', 'b']);
});
