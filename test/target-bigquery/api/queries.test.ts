import { expect, test } from 'vitest';
import type { BigQueryClient } from '../../../packages/target-bigquery/dist/api/client.js';
import { fileOf, loadSpec, openTable, REF } from './open-service.js';

async function load(service: BigQueryClient, ...lines: readonly string[]): Promise<void> {
  const job = await service.insertLoadJob(loadSpec(`load_${Date.now()}`), fileOf(...lines));
  expect((await service.waitForJob(job, 30_000)).failure).toBeUndefined();
}

const BETWEEN = 'SELECT id FROM `test.d.t` WHERE text = @text AND id BETWEEN @first AND @last';

test('named parameters of every type are text', async () => {
  const { service } = await openTable();
  await load(
    service,
    '{"id":"9007199254740993","text":"a"}',
    '{"id":1,"text":"a"}',
    '{"id":"9007199254740994","text":"b"}',
  );
  const { rows } = await service.query(BETWEEN, {
    text: { type: 'STRING', value: 'a' },
    first: { type: 'INT64', value: '9007199254740993' },
    last: { type: 'INT64', value: '9223372036854775807' },
  });
  expect(rows).toEqual([['9007199254740993']]);
});

test('a list is one parameter', async () => {
  const { service } = await openTable();
  await load(service, '{"id":1}', '{"id":2}', '{"id":3}');
  const { rows } = await service.query('SELECT id FROM d.t WHERE id IN UNNEST(@ids) ORDER BY id DESC', {
    ids: { type: 'INT64', values: ['3', '1'] },
  });
  expect(rows).toEqual([['3'], ['1']]);
});

test('all pages of a result are read', async () => {
  const { fake, service } = await openTable({ pageRows: 2 });
  await load(service, ...[1, 2, 3, 4, 5].map((id) => `{"id":${id}}`));
  const { rows } = await service.query('SELECT id FROM `test`.`d`.`t`', {}, { location: 'EU' });
  expect(rows).toEqual([['1'], ['2'], ['3'], ['4'], ['5']]);
  expect(fake.requests.ofKind('queries.results')).toHaveLength(3);
});

test('NULL stays null, the highest of nothing too', async () => {
  const { service } = await openTable();
  await load(service, '{"id":1}');
  expect((await service.query('SELECT * FROM d.t')).rows).toEqual([['1', null]]);
  expect((await service.query('SELECT MAX(id) FROM d.t WHERE id > 7')).rows).toEqual([[null]]);
});

test('what a query reads and bills is told', async () => {
  const { service } = await openTable();
  await load(service, '{"id":1,"text":"abc"}', '{"id":2}');
  expect(await service.query('SELECT id FROM d.t')).toMatchObject({
    bytesProcessed: 16,
    bytesBilled: 10_485_760,
  });
  expect(await service.query('SELECT COUNT(*) FROM d.t')).toMatchObject({ rows: [['2']], bytesBilled: 0 });
});

test('a dry run tells the bytes and runs nothing', async () => {
  const { fake, service } = await openTable();
  await load(service, '{"id":1}');
  const sql = 'ALTER TABLE `test.d.t` ALTER COLUMN `id` SET DATA TYPE BIGNUMERIC';
  expect(await service.query(sql, {}, { dryRun: true, location: 'EU' })).toMatchObject({ rows: [] });
  expect(await service.query('SELECT id FROM d.t', {}, { dryRun: true })).toMatchObject({
    bytesProcessed: 8,
  });
  expect(fake.tables.table('d', 't').fields[0]?.type).toBe('INTEGER');
});

test('a query that would cost too much fails', async () => {
  const { service } = await openTable();
  await load(service, '{"id":1}');
  await expect(service.query('SELECT id FROM d.t', {}, { maxBytes: 1000 })).rejects.toMatchObject({
    reason: 'bytesBilledLimitExceeded',
  });
});

test('a query whose answer was lost runs once', async () => {
  const { fake, service } = await openTable();
  fake.faults.loseAnswer('jobs.insert');
  const sql = 'ALTER TABLE d.t ALTER COLUMN id SET DATA TYPE NUMERIC';
  await service.query(sql, {}, { location: 'EU' });
  expect((await service.getTable(REF))?.fields[0]?.type).toBe('NUMERIC');
  expect(fake.requests.ofKind('jobs.insert')).toHaveLength(2);
  expect([...fake.jobs.all.keys()]).toHaveLength(1);
});

test('a query that is still running is asked again', async () => {
  const { fake, service } = await openTable({ runningPolls: 2 });
  await service.query('SELECT COUNT(*) FROM d.t');
  expect(fake.requests.ofKind('queries.results')).toHaveLength(3);
});

test('a column that does not exist is an error of the query', async () => {
  const { service } = await openTable();
  await expect(service.query('SELECT nothing FROM d.t')).rejects.toMatchObject({
    kind: 'invalid',
    message: 'Unrecognized name: nothing',
  });
});

test('a type does not narrow', async () => {
  const { service } = await openTable();
  const sql = 'ALTER TABLE d.t ALTER COLUMN text SET DATA TYPE BIGNUMERIC';
  await expect(service.query(sql)).rejects.toMatchObject({ kind: 'invalid' });
});

test('a table is not found in another location', async () => {
  const { service } = await openTable();
  await expect(service.query('SELECT id FROM d.t', {}, { location: 'US' })).rejects.toMatchObject({
    kind: 'missing',
  });
});

test('a column may be one of several literals', async () => {
  const { service } = await openTable();
  await load(service, '{"id":1,"text":"a"}', '{"id":2,"text":"b"}', '{"id":3,"text":"c"}');
  const sql = "SELECT id FROM `test.d.t` WHERE id >= @least AND text IN ('a', 'b')";
  expect((await service.query(sql, { least: { type: 'INT64', value: '1' } })).rows).toEqual([['1'], ['2']]);
});

test('a timestamp is shown as seconds', async () => {
  const { service } = await openTable();
  const fields = [{ name: 'at', type: 'TIMESTAMP' as const, mode: 'NULLABLE' as const }];
  await service.createTable({ dataset: 'd', table: 'times' }, { fields });
  const spec = loadSpec('times', { table: { dataset: 'd', table: 'times' }, fields });
  await service.waitForJob(
    await service.insertLoadJob(spec, fileOf('{"at":"2026-01-01T00:00:00.5Z"}')),
    30_000,
  );
  const parameters = { earliest: { type: 'TIMESTAMP', value: '2026-01-01T01:00:00+01:00' } } as const;
  const { rows } = await service.query('SELECT at FROM d.times WHERE at >= @earliest', parameters);
  expect(rows).toEqual([['1.7672256005E9']]);
});

test('partitions that the conditions leave out are not read', async () => {
  const { service } = await openTable();
  const table = { dataset: 'd', table: 'months' };
  const fields = [{ name: 'at', type: 'TIMESTAMP' as const, mode: 'NULLABLE' as const }];
  await service.createTable(table, { fields, timePartitioning: { type: 'MONTH', field: 'at' } });
  const file = fileOf(
    '{"at":"2026-01-31T23:59:59Z"}',
    '{"at":"2026-02-01T00:00:00Z"}',
    '{"at":"2026-02-02 00:00:00"}',
  );
  await service.waitForJob(await service.insertLoadJob(loadSpec('m', { table, fields }), file), 30_000);
  const parameters = { earliest: { type: 'TIMESTAMP', value: '2026-02-02T00:00:00Z' } } as const;
  const result = await service.query('SELECT at FROM d.months WHERE at >= @earliest', parameters);
  expect(result.rows).toHaveLength(1);
  expect(result.bytesProcessed).toBe(16);
});

test('what a check asks by a dry run is understood', async () => {
  const { service } = await openTable();
  const insert = 'INSERT INTO `test.d.t` (`id`) SELECT `id` FROM `test.d.t` WHERE FALSE';
  for (const sql of ['SELECT 1', insert])
    expect(await service.query(sql, {}, { dryRun: true, location: 'EU' })).toMatchObject({ rows: [] });
});

test('the tables of a dataset are listed', async () => {
  const { service } = await openTable();
  const sql = 'SELECT table_name FROM `test.d`.INFORMATION_SCHEMA.TABLES ORDER BY table_name';
  expect((await service.query(sql)).rows).toEqual([['t']]);
});
