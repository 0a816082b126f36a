import { beforeEach, expect, test } from 'vitest';
import { shortWaits } from '../../helpers/short-waits.js';
import { FIELDS, openService, openTable, REF } from './open-service.js';

beforeEach(shortWaits);

test('a dataset or table that does not exist is undefined', async () => {
  const { service } = await openService();
  expect(await service.getDataset('other')).toBeUndefined();
  expect(await service.getTable(REF)).toBeUndefined();
  expect(await service.getJob('none', 'EU')).toBeUndefined();
});

test('a dataset has the location that it was created with', async () => {
  const { service } = await openService();
  expect(await service.getDataset('d')).toMatchObject({ location: 'EU', labels: {} });
});

test('a dataset that already exists is no failure', async () => {
  const { service } = await openService();
  expect(await service.createDataset('d', { location: 'US' })).toMatchObject({ location: 'EU' });
});

test('a table comes with layout, labels and descriptions', async () => {
  const { service } = await openService();
  const { table, created } = await service.createTable(REF, {
    fields: [{ name: 'at', type: 'TIMESTAMP', mode: 'NULLABLE', description: 'when' }, ...FIELDS],
    timePartitioning: { type: 'MONTH', field: 'at' },
    clustering: ['id'],
    labels: { a: 'b' },
    description: 'all of it',
  });
  expect(created).toBe(true);
  expect(await service.getTable(REF)).toEqual(table);
  expect(table).toMatchObject({
    type: 'TABLE',
    timePartitioning: { type: 'MONTH', field: 'at' },
    clustering: ['id'],
    labels: { a: 'b' },
    description: 'all of it',
    numRows: '0',
  });
  expect(table.fields[0]).toEqual({ name: 'at', type: 'TIMESTAMP', mode: 'NULLABLE', description: 'when' });
});

test('a table that already exists is told apart from a new one', async () => {
  const { service } = await openTable();
  const { table, created } = await service.createTable(REF, { fields: [] });
  expect(created).toBe(false);
  expect(table.fields).toEqual(FIELDS);
});

test('when the answer to a creation is lost, the table is found', async () => {
  const { fake, service } = await openService();
  fake.faults.loseAnswer('tables.insert');
  expect((await service.createTable(REF, { fields: FIELDS })).table.fields).toEqual(FIELDS);
});

test('a table that is created again has another time of creation', async () => {
  const { fake, service } = await openTable();
  const before = await service.getTable(REF);
  fake.drop('d', 't');
  const { table } = await service.createTable(REF, { fields: FIELDS });
  expect(table.creationTime).not.toBe(before?.creationTime);
});

test('columns are added with the etag that was read', async () => {
  const { service } = await openTable();
  const { etag = '' } = (await service.getTable(REF)) ?? {};
  const fields = [...FIELDS, { name: 'more', type: 'JSON' as const, mode: 'NULLABLE' as const }];
  expect((await service.patchTable(REF, { fields }, etag)).fields).toEqual(fields);
});

test('a table that has changed since is a failed precondition', async () => {
  const { service } = await openTable();
  const { etag = '' } = (await service.getTable(REF)) ?? {};
  await service.patchTable(REF, { description: 'another was quicker' }, etag);
  await expect(service.patchTable(REF, { description: 'mine' }, etag)).rejects.toMatchObject({
    kind: 'precondition',
    status: 412,
  });
});

test('a patch that loses a column is refused', async () => {
  const { service } = await openTable();
  await expect(service.patchTable(REF, { fields: FIELDS.slice(1) }, '')).rejects.toMatchObject({
    kind: 'invalid',
    message: 'Provided Schema does not match Table test:d.t. Field id is missing in new schema',
  });
});

test('names that differ in case only are refused', async () => {
  const { service } = await openService();
  const fields = [...FIELDS, { name: 'ID', type: 'STRING' as const, mode: 'NULLABLE' as const }];
  await expect(service.createTable(REF, { fields })).rejects.toMatchObject({ kind: 'invalid' });
});

test('a view keeps its query, which may change', async () => {
  const { service } = await openTable();
  const view = { dataset: 'd', table: 'v' };
  const { table } = await service.createTable(view, { viewQuery: 'SELECT id FROM `test.d.t`' });
  expect(table).toMatchObject({ type: 'VIEW', viewQuery: 'SELECT id FROM `test.d.t`' });
  const patched = await service.patchTable(view, { viewQuery: 'SELECT text FROM `test.d.t`' }, table.etag);
  expect(patched.viewQuery).toBe('SELECT text FROM `test.d.t`');
});

test('small calls are repeated while the service fails', async () => {
  const { fake, service } = await openTable();
  fake.faults.refuse('tables.get', 503, 'backendError');
  fake.faults.refuse('tables.get', 403, 'rateLimitExceeded');
  fake.faults.cut('tables.get', 0);
  expect(await service.getTable(REF)).toMatchObject({ ref: REF });
  expect(fake.requests.ofKind('tables.get')).toHaveLength(4);
});

test('a call without permission is not repeated, and the failure names the permission', async () => {
  const { fake, service } = await openService();
  fake.faults.refuse('tables.insert', 403, 'accessDenied');
  await expect(service.createTable(REF, { fields: FIELDS })).rejects.toMatchObject({ kind: 'denied' });
  expect(fake.requests.ofKind('tables.insert')).toHaveLength(1);
});

test('a view of a table that does not exist is refused', async () => {
  const { service } = await openTable();
  const view = { dataset: 'd', table: 'v' };
  await expect(service.createTable(view, { viewQuery: 'SELECT * FROM `test.d.none`' })).rejects.toMatchObject(
    {
      kind: 'missing',
    },
  );
});

test('a view has the columns of its query', async () => {
  const { service } = await openTable();
  const viewQuery = "SELECT\n  `id`,\n  COALESCE(`text`, 'a, FROM b') AS `either`\nFROM `test.d.t` AS x";
  const { table } = await service.createTable({ dataset: 'd', table: 'v' }, { viewQuery });
  expect(table.fields).toEqual([
    { name: 'id', type: 'INTEGER', mode: 'NULLABLE' },
    { name: 'either', type: 'STRING', mode: 'NULLABLE' },
  ]);
  const fields = table.fields.map((field) => ({ ...field, description: field.name }));
  expect((await service.patchTable(table.ref, { fields }, table.etag)).fields).toEqual(fields);
});
