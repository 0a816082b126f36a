import type { TableDefinition } from '@tap-webhooks/target-core';
import { expect, it } from 'vitest';
import { ServiceError } from '../../../packages/target-bigquery/dist/api/service-error.js';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { dropViewNamed, LatestView } from '../../../packages/target-bigquery/dist/view/keeper.js';
import { keptLog } from '../log-lines.js';
import { MemoryWarehouse } from '../memory-warehouse.js';

const TABLE = { dataset: 'shop', table: 'orders' };
const VIEW = { dataset: 'shop', table: 'orders_latest' };
const LABELS = { target: 'target-bigquery', stream: 'shop-orders' };
const definition: TableDefinition = {
  stream: 'shop-orders',
  schemaName: 'shop',
  tableName: 'orders',
  schema: { type: 'object', properties: {} },
  keyProperties: ['id'],
  hasIdentity: true,
};

function kept(service = new MemoryWarehouse()) {
  const { log, lines } = keptLog();
  const view = new LatestView({ service, log, labels: LABELS }, TABLE);
  const keep = (...more: string[]) => {
    const fields: Field[] = ['id', ...more].map((name) => ({
      name,
      type: 'STRING',
      mode: 'NULLABLE',
      description: `Field ${name}.`,
    }));
    const sequence: Field = { name: '_sdc_sequence', type: 'INTEGER', mode: 'NULLABLE' };
    return view.keep({ definition, fields: [...fields, sequence], plan: { sources: new Map() } });
  };
  return { service, lines, keep, labels: LABELS, log };
}

it('creates the view with labels and descriptions', async () => {
  const { service, keep, lines } = kept();
  await keep();
  const view = service.tables.get('shop.orders_latest');
  expect(view).toMatchObject({ type: 'VIEW', labels: { ...LABELS, view: 'latest' } });
  expect(view?.fields.map(({ name, description }) => [name, description])).toEqual([
    ['id', 'Field id.'],
    ['_sdc_sequence', undefined],
  ]);
  expect(lines).toEqual(['info view shop.orders_latest created']);
});

it('asks BigQuery nothing while the columns stay the same', async () => {
  const { service, keep } = kept();
  await keep();
  service.writes.length = 0;
  service.refusals.set('getTable', new ServiceError('transient', 0, 'ECONNRESET', 'gone'));
  await keep();
  expect(service.writes).toEqual([]);
});

it('changes the view when the table gets columns', async () => {
  const { service, keep } = kept();
  await keep();
  await keep('name');
  expect(service.tables.get('shop.orders_latest')?.viewQuery).toContain('  `id`,\n  `name`,\n');
});

it('does not write a view that is up to date', async () => {
  const { service, keep } = kept();
  await keep();
  service.writes.length = 0;
  await kept(service).keep();
  expect(service.writes).toEqual([]);
});

it('reads the view again when somebody else changed it in the meantime', async () => {
  const { service, keep } = kept();
  await keep();
  const patch = service.patchTable.bind(service);
  service.patchTable = async (ref, change, etag) => {
    service.patchTable = patch;
    service.addTable(ref, { ...service.tables.get('shop.orders_latest'), etag: 'another' });
    return patch(ref, change, etag);
  };
  await keep('name');
  expect(service.tables.get('shop.orders_latest')?.viewQuery).toContain('`name`');
});

it.each([
  ['a table', { type: 'TABLE', labels: LABELS }],
  ["somebody's view", { type: 'VIEW', viewQuery: 'SELECT 1', description: 'Mine.' }],
])('never touches %s of that name', async (_, there) => {
  const { service, keep } = kept();
  service.addTable(VIEW, there);
  await keep();
  expect(service.writes).toEqual([]);
});

it('warns when the view cannot be created, and fails nothing', async () => {
  const { service, keep, lines } = kept();
  service.refusals.set('createTable', new ServiceError('denied', 403, 'accessDenied', 'Permission denied.'));
  await keep();
  expect(lines).toEqual([
    'warn view shop.orders_latest could not be created; rows are loaded all the same: Permission denied.',
  ]);
});

it('drops its view when a table needs the name', async () => {
  const { service, keep, log } = kept();
  await keep();
  expect(await dropViewNamed({ service, log, labels: LABELS }, VIEW, 'EU')).toBe(true);
  expect(service.queries.map(({ sql }) => sql)).toEqual(['DROP VIEW IF EXISTS `test.shop.orders_latest`']);
});

it('drops no view that it did not create', async () => {
  const { service, log } = kept();
  service.addTable(VIEW, { type: 'VIEW', viewQuery: 'SELECT 1' });
  expect(await dropViewNamed({ service, log, labels: LABELS }, VIEW, 'EU')).toBe(false);
});
