import { loggerOf } from '@tap-webhooks/singer/log';
import type { TableDefinition } from '@tap-webhooks/target-core';
import { expect, it, onTestFinished } from 'vitest';
import { BigQueryClient } from '../../../packages/target-bigquery/dist/api/client.js';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { LoadsTableLog } from '../../../packages/target-bigquery/dist/loads/log.js';
import { LOADS_FIELDS, LoadsTable } from '../../../packages/target-bigquery/dist/loads/table.js';
import { LatestView } from '../../../packages/target-bigquery/dist/view/keeper.js';
import { startFake } from '../../fake-bigquery/fake.js';
import { tempFolder } from '../../helpers/temp.js';
import { keptLog } from '../log-lines.js';

const LABELS = { target: 'target-bigquery', stream: 'shop-orders' };

async function shop() {
  const fake = await startFake();
  onTestFinished(() => fake.close());
  const service = await BigQueryClient.open({ project: 'test', api_endpoint: fake.apiEndpoint, timeout: 60 });
  await service.createDataset('shop', { location: 'EU' });
  return { fake, service, ...keptLog() };
}

it('writes _sdc_loads over HTTP, digit for digit', async () => {
  const { fake, service } = await shop();
  const locationOf = async () => 'EU';
  const table = new LoadsTable({ service, labels: {}, spoolPath: tempFolder(), locationOf });
  const loads = new LoadsTableLog({ table, log: loggerOf(() => {}), isReporting: true, stop: undefined });
  loads.record({
    job: 'sdc_1',
    stream: 'shop-orders',
    table: { dataset: 'shop', table: 'orders' },
    rows: 2,
    rejected: 0,
    diverted: 0,
    inbox: undefined,
    firstPosition: undefined,
    lastPosition: undefined,
    firstSequence: '1565276078922000095',
    lastSequence: '1565276078922000096',
    startedAt: 1_700_000_000_000,
    finishedAt: 1_700_000_002_500,
  });
  await loads.flush();
  expect(fake.rows('shop', '_sdc_loads')).toMatchObject([
    { job: 'sdc_1', table_name: 'orders', last_sequence: '1565276078922000096' },
  ]);
});

it('adds the column values_diverted to an _sdc_loads that an earlier version created', async () => {
  const { fake, service } = await shop();
  const fields = LOADS_FIELDS.filter(({ name }) => name !== 'values_diverted');
  await service.createTable({ dataset: 'shop', table: '_sdc_loads' }, { fields });
  const table = new LoadsTable({
    service,
    labels: {},
    spoolPath: tempFolder(),
    locationOf: async () => 'EU',
  });
  const row = { job: 'sdc_1', method: 'batch_job', event: 'loaded', stream: 's', table_name: 't' } as const;
  const times = { started_at: '2026-01-31T12:00:00Z', finished_at: '2026-01-31T12:00:01Z' };
  const retry = { transientMs: 0, quotaMs: 0, stop: undefined };
  await table.add('shop', [{ ...row, ...times, values_diverted: 7 }], { timeoutMs: 5_000, retry });
  expect(fake.rows('shop', '_sdc_loads')).toMatchObject([{ job: 'sdc_1', values_diverted: '7' }]);
});

it('creates a view, and changes it with the table', async () => {
  const { service, log, lines } = await shop();
  const view = new LatestView({ service, log, labels: LABELS }, { dataset: 'shop', table: 'orders' });
  const definition: TableDefinition = {
    stream: 'shop-orders',
    schemaName: 'shop',
    tableName: 'orders',
    schema: {},
    keyProperties: ['id'],
    hasIdentity: true,
  };
  const id: Field = { name: 'id', type: 'INTEGER', mode: 'NULLABLE' };
  const sequence: Field = { name: '_sdc_sequence', type: 'INTEGER', mode: 'NULLABLE' };
  const name: Field = { name: 'name', type: 'STRING', mode: 'NULLABLE' };
  const plan = { sources: new Map<string, string>() };
  await service.createTable({ dataset: 'shop', table: 'orders' }, { fields: [id, sequence, name] });
  await view.keep({ definition, fields: [id, sequence], plan });
  await view.keep({ definition, fields: [id, sequence, name], plan });
  expect(lines).toEqual(['info view shop.orders_latest created', 'info view shop.orders_latest changed']);
  const made = await service.getTable({ dataset: 'shop', table: 'orders_latest' });
  expect(made).toMatchObject({ type: 'VIEW', labels: { ...LABELS, view: 'latest' } });
  expect(made?.viewQuery).toContain('  `name`\n');
});
