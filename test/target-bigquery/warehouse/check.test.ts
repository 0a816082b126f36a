import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Config, readConfig } from '../../../packages/target-bigquery/dist/config.js';
import type { Field } from '../../../packages/target-bigquery/dist/schema/fields.js';
import { ServiceError } from '../../../packages/target-bigquery/dist/service/service-error.js';
import { checkWarehouse, wantedTables } from '../../../packages/target-bigquery/dist/warehouse/check.js';
import { Report } from '../../../packages/target-bigquery/dist/warehouse/report.js';
import { tempFolder } from '../../helpers/temp.js';
import { jobOf, MemoryWarehouse } from './memory-warehouse.js';

const column = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  type,
  mode: 'NULLABLE',
  ...more,
});

const STITCH_TABLE = [
  column('event_type', 'STRING'),
  column('tags', 'RECORD', { mode: 'REPEATED', fields: [column('value', 'STRING')] }),
  column('_sdc_received_at', 'TIMESTAMP'),
  column('_sdc_batched_at', 'TIMESTAMP'),
  column('_sdc_sequence', 'INTEGER'),
  column('_sdc_table_version', 'INTEGER'),
  column('__sdc_primary_key', 'STRING'),
];
const DENIED = 'Access Denied: Project my-project: User does not have bigquery.jobs.create permission';

function configWith(settings: object = {}): Config {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ project: 'test', ...settings }));
  return readConfig([path], {}, () => {});
}

interface Given {
  readonly service?: MemoryWarehouse;
  readonly settings?: object;
  readonly table?: string;
  readonly input?: string;
}

async function checked({ service = new MemoryWarehouse(), settings, ...args }: Given) {
  const config = configWith(settings);
  const lines: string[] = [];
  const report = new Report({ write: async (line) => void lines.push(line) });
  await checkWarehouse({ service, config, report }, await wantedTables({ config: [], ...args }, config));
  return { lines, problems: report.problems, service };
}

function fileWith(...messages: object[]): string {
  const path = join(tempFolder(), 'schemas.singer');
  writeFileSync(path, messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  return path;
}

function schemaOf(properties: object, keys: readonly string[] = ['id'], more: object = {}): object {
  return {
    type: 'SCHEMA',
    stream: 'shop-orders',
    schema: { type: 'object', properties, additionalProperties: false, ...more },
    key_properties: keys,
  };
}

const SYSTEM = { _sdc_sequence: { type: 'integer' }, 'x-sdc': { type: 'string' } };

function withDataset(): MemoryWarehouse {
  const service = new MemoryWarehouse();
  service.addDataset('shop');
  return service;
}

it('tells what can be told without a table', async () => {
  expect(await checked({})).toMatchObject({
    problems: 0,
    lines: [
      'ok    jobs can be made in project test (by a dry run)',
      'note  no tables were named: --input <catalog or Singer messages>, or --table <dataset.table>',
    ],
  });
});

it('names the missing permission and the role that has it', async () => {
  const service = new MemoryWarehouse();
  service.refusals.set('SELECT', new ServiceError('denied', 403, 'accessDenied', DENIED));
  expect((await checked({ service, table: 'shop.orders' })).lines).toEqual([
    'FAIL  no proof that jobs can be made in project test: the permission bigquery.jobs.create is missing: grant BigQuery Job User on the project',
  ]);
});

it('knows the permission of a call whose refusal names none', async () => {
  const service = new MemoryWarehouse();
  service.refusals.set('getDataset', new ServiceError('denied', 403, 'accessDenied', 'Access Denied.'));
  expect((await checked({ service, table: 'shop.orders' })).lines).toContain(
    'FAIL  dataset shop cannot be read: the permission bigquery.datasets.get is missing: grant BigQuery Data Editor on the dataset',
  );
});

it('takes an API that is not enabled for what it is', async () => {
  const service = new MemoryWarehouse();
  service.refusals.set('SELECT', new ServiceError('denied', 403, 'accessNotConfigured', 'Enable the API.'));
  expect((await checked({ service })).lines).toEqual([
    'FAIL  no proof that jobs can be made in project test: access is denied (Enable the API)',
  ]);
});

it('asks whether what is absent may be made', async () => {
  const { lines, service } = await checked({ table: 'shop.orders', settings: { location: 'EU' } });
  expect(lines.slice(1)).toEqual([
    'note  dataset shop is not there: it is made with the first row, in EU',
    'ok    it can be made (by a dry run)',
    'note  table shop.orders is not there: it is made with the first row',
  ]);
  expect(service.queries.every(({ options }) => options.dryRun)).toBe(true);
});

it('asks an emulator for nothing that it might do', async () => {
  const { service } = await checked({
    table: 'shop.orders',
    settings: { api_endpoint: 'http://127.0.0.1:1' },
  });
  expect(service.queries.map(({ sql }) => sql)).toEqual(['SELECT 1']);
});

it('tells of a location that is not the configured one', async () => {
  const { lines } = await checked({
    service: withDataset(),
    table: 'shop.orders',
    settings: { location: 'US' },
  });
  expect(lines).toContain('note  the setting location (US) is for new datasets; this one stays where it is');
});

it('counts the load jobs of the last day', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' });
  service.jobs = Array.from({ length: 10 }, () => jobOf('sdc_1'));
  const { lines } = await checked({ service, table: 'shop.orders', settings: { daily_load_limit: 10 } });
  expect(lines).toContain(
    'FAIL  10 of 10 load jobs were made into it within 24 hours: the next one has to wait',
  );
});

it('finds a view where a table should be', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { type: 'VIEW' });
  expect(await checked({ service, table: 'shop.orders' })).toMatchObject({ problems: 1 });
});

it('shows what a schema makes of a table that is there', async () => {
  const service = withDataset();
  const fields = [column('id', 'INTEGER'), column('score', 'INTEGER')];
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields, numRows: '7' });
  const input = fileWith(schemaOf({ id: { type: 'integer' }, score: { type: 'string' }, ...SYSTEM }));
  const { lines } = await checked({ service, input, settings: { add_record_metadata: false } });
  expect(lines).toEqual([
    'ok    jobs can be made in project test (by a dry run)',
    'ok    dataset shop is there, in EU',
    'ok    table shop.orders is there: 7 rows',
    'ok    rows can be added to it and read (by a dry run)',
    'ok    0 of 1500 load jobs were made into it within 24 hours',
    'ok    stream shop-orders fits: 3 columns are new, 0 are widened',
    '        id INTEGER NULLABLE existing',
    '        score INTEGER NULLABLE existing',
    '        score__st STRING NULLABLE new ← score',
    '        _sdc_sequence INTEGER NULLABLE new',
    '        x_sdc STRING NULLABLE new ← x-sdc',
    'note  no view shop.orders_latest yet: its rows have no key, or it lacks a column for it',
  ]);
});

it('loads nothing and changes nothing', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields: [column('id', 'INTEGER')] });
  await checked({ service, input: fileWith(schemaOf({ id: { type: 'integer' } })) });
  expect([service.writes, service.loads]).toEqual([[], []]);
});

it('finds a column that cannot hold what it has to', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields: [column('_sdc_sequence', 'STRING')] });
  const { lines } = await checked({ service, input: fileWith(schemaOf({ id: { type: 'integer' } })) });
  expect(lines).toContain(
    'FAIL  table shop.orders: Column `_sdc_sequence` is STRING, and has to be INTEGER.',
  );
});

it('prints the settings for a table of Stitch', async () => {
  const service = withDataset();
  service.answer = () => [['1565276078922000095']];
  service.addTable(
    { dataset: 'shop', table: 'orders' },
    {
      fields: STITCH_TABLE,
      timePartitioning: { type: 'DAY', field: '_sdc_batched_at', expirationMs: undefined },
    },
  );
  const { lines } = await checked({ service, table: 'shop.orders' });
  expect(lines.slice(-2)).toEqual([
    'note  it looks like a table of Stitch; its highest _sdc_sequence is 1565276078922000095. Settings to paste:',
    '        {"sequence_unit":"stitch","array_value_wrapping":true,"partition_column":"_sdc_batched_at","partition_granularity":"day"}',
  ]);
});

it('asks for the sequence under a limit of bytes', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields: STITCH_TABLE });
  await checked({ service, table: 'shop.orders' });
  expect(service.queries.at(-1)).toEqual({
    sql: 'SELECT MAX(`_sdc_sequence`) FROM `test.shop.orders`',
    options: { location: 'EU', maxBytes: 1_073_741_824 },
  });
});

it('reads the tables of a catalog', async () => {
  const path = join(tempFolder(), 'catalog.json');
  const schema = { type: 'object', properties: { id: { type: 'integer' } } };
  writeFileSync(path, JSON.stringify({ streams: [{ tap_stream_id: 'shop-orders', schema }] }, null, 2));
  expect((await wantedTables({ config: [], input: path }, configWith())).map(({ ref }) => ref)).toEqual([
    { dataset: 'shop', table: 'orders' },
  ]);
});

it('refuses a file without schemas, and a name that is no table', async () => {
  const input = fileWith({ type: 'STATE', value: {} });
  await expect(wantedTables({ config: [], input }, configWith())).rejects.toMatchObject({
    code: 'schemas_unreadable',
    exitCode: 2,
  });
  await expect(wantedTables({ config: [], table: 'orders' }, configWith())).rejects.toMatchObject({
    code: 'table_name_unusable',
    exitCode: 1,
  });
});
