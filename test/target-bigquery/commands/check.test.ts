import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ServiceError } from '../../../packages/target-bigquery/dist/api/service-error.js';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { checkWarehouse, wantedTables } from '../../../packages/target-bigquery/dist/commands/check.js';
import { Report } from '../../../packages/target-bigquery/dist/commands/report.js';
import { type Config, readConfig } from '../../../packages/target-bigquery/dist/config.js';
import { TapHome } from '../../helpers/tap.js';
import { tempFolder } from '../../helpers/temp.js';
import { jobOf, MemoryWarehouse } from '../memory-warehouse.js';

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

it.each([
  ['both identity columns', ['_sdc_inbox', '_sdc_position'], []],
  ['one identity column', ['_sdc_inbox'], ['_sdc_extracted_at', '_sdc_deleted_at', '_sdc_sync_started_at']],
])('plans the columns that a run adds to a stream that names %s', async (_, identity, added) => {
  const input = fileWith(schemaOf({ id: { type: 'integer' } }, ['id'], { 'x-sdc-identity': identity }));
  const planned = (await checked({ input })).lines.map((line) => line.trim().split(' ')[0]);
  const sdk = ['_sdc_extracted_at', '_sdc_deleted_at', '_sdc_sync_started_at'];
  expect(planned.filter((name) => sdk.includes(name as string))).toEqual(added);
});

it('says what can be proved without a table', async () => {
  expect(await checked({})).toMatchObject({
    problems: 0,
    lines: [
      'ok    jobs can be created in project test (by a dry run)',
      'note  no dataset will be created, since `location` is not set: only existing ones are loaded into',
      'note  no table was named: use --input <catalog or Singer messages>, or --table <dataset.table>',
    ],
  });
});

it('names the missing permission and the role that has it', async () => {
  const service = new MemoryWarehouse();
  service.refusals.set('SELECT', new ServiceError('denied', 403, 'accessDenied', DENIED));
  expect((await checked({ service, table: 'shop.orders' })).lines).toEqual([
    'FAIL  no proof that jobs can be created in project test: the permission bigquery.jobs.create is missing: grant BigQuery Job User on the project',
  ]);
});

it('knows the permission of a call whose refusal names none', async () => {
  const service = new MemoryWarehouse();
  service.refusals.set('getDataset', new ServiceError('denied', 403, 'accessDenied', 'Access Denied.'));
  expect((await checked({ service, table: 'shop.orders' })).lines).toContain(
    'FAIL  dataset shop cannot be read: the permission bigquery.datasets.get is missing: grant BigQuery Data Editor on the dataset',
  );
});

it('says that an API is not enabled', async () => {
  const service = new MemoryWarehouse();
  service.refusals.set('SELECT', new ServiceError('denied', 403, 'accessNotConfigured', 'Enable the API.'));
  expect((await checked({ service })).lines).toEqual([
    'FAIL  no proof that jobs can be created in project test: access is denied (Enable the API)',
  ]);
});

it('fails for a dataset that does not exist when the config does not say where to create it', async () => {
  expect(await checked({ table: 'shop.orders' })).toMatchObject({
    problems: 1,
    lines: [
      'ok    jobs can be created in project test (by a dry run)',
      'FAIL  Dataset shop does not exist, and the setting `location` does not say where to create it; a dataset can never be moved. Set `location` (for example "EU"), or create the dataset.',
      'note  table shop.orders does not exist: the first row creates it',
    ],
  });
});

it('asks whether what does not exist may be created', async () => {
  const { lines, service } = await checked({ table: 'shop.orders', settings: { location: 'EU' } });
  expect(lines.slice(1)).toEqual([
    'note  dataset shop does not exist: the first row creates it, in EU',
    'ok    it can be created (by a dry run)',
    'note  table shop.orders does not exist: the first row creates it',
  ]);
  expect(service.queries.every(({ options }) => options.dryRun)).toBe(true);
});

it('asks an emulator for nothing that it might carry out', async () => {
  const { service } = await checked({
    table: 'shop.orders',
    settings: { api_endpoint: 'http://127.0.0.1:1' },
  });
  expect(service.queries.map(({ sql }) => sql)).toEqual(['SELECT 1']);
});

it('notes a location that is not the configured one', async () => {
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
    'FAIL  this account started 10 of 10 load jobs into it within 24 hours: the next one must wait',
  );
});

it('finds a view where a table should be', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { type: 'VIEW' });
  expect(await checked({ service, table: 'shop.orders' })).toMatchObject({ problems: 1 });
});

it('shows the plan for a table that exists', async () => {
  const service = withDataset();
  const fields = [column('id', 'INTEGER'), column('score', 'INTEGER')];
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields, numRows: '7' });
  const input = fileWith(schemaOf({ id: { type: 'integer' }, score: { type: 'string' }, ...SYSTEM }));
  const { lines } = await checked({ service, input, settings: { add_record_metadata: false } });
  expect(lines).toEqual([
    'ok    jobs can be created in project test (by a dry run)',
    'ok    dataset shop exists, in EU',
    'ok    table shop.orders exists: 7 rows',
    'ok    rows can be added to it and read (by a dry run)',
    'ok    this account started 0 of 1500 load jobs into it within 24 hours',
    'ok    stream shop-orders fits: 4 columns are new, 0 are widened',
    '        id INTEGER NULLABLE existing',
    '        score INTEGER NULLABLE existing',
    '        score__st STRING NULLABLE new ← score',
    '        _sdc_sequence INTEGER NULLABLE new',
    '        x_sdc STRING NULLABLE new ← x-sdc',
    '        _sdc_extra JSON NULLABLE new',
    'note  view shop.orders_latest will be created: it shows the latest versions',
  ]);
});

it('asks whether a dataset can be created in the location, when none is named', async () => {
  const service = new MemoryWarehouse();
  service.refusals.set('CREATE', new ServiceError('denied', 403, 'accessDenied', 'Access Denied.'));
  const { lines } = await checked({ service, settings: { location: 'EU' } });
  expect(lines[1]).toBe(
    'FAIL  no proof that datasets can be created in EU: the permission bigquery.datasets.create is missing: grant BigQuery User on the project, or create the dataset yourself',
  );
  expect(service.queries.at(-1)).toEqual({
    sql: 'CREATE SCHEMA IF NOT EXISTS `test.target_bigquery_check`',
    options: { dryRun: true, location: 'EU' },
  });
  const emulator = await checked({ settings: { api_endpoint: 'http://127.0.0.1:1' } });
  expect(emulator.service.queries.map(({ sql }) => sql)).toEqual(['SELECT 1']);
});

it('checks the configured dataset, when no table is named', async () => {
  expect((await checked({ service: withDataset(), settings: { dataset: 'shop' } })).lines[1]).toBe(
    'ok    dataset shop exists, in EU',
  );
});

it.each([
  [
    'of this target',
    { viewQuery: '', labels: { target: 'target-bigquery', view: 'latest' } },
    'ok    view shop.orders_latest is kept up to date: it shows the latest versions',
  ],
  [
    'of somebody else',
    { viewQuery: '' },
    'note  shop.orders_latest is not a view of this target, so it stays as it is',
  ],
])('says what happens to a view %s', async (_, more, line) => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields: [column('id', 'INTEGER')] });
  service.addTable({ dataset: 'shop', table: 'orders_latest' }, { type: 'VIEW', ...more });
  const input = fileWith(schemaOf({ id: { type: 'integer' }, ...SYSTEM }));
  expect((await checked({ service, input })).lines).toContain(line);
});

it('goes on when the view cannot be read', async () => {
  const service = withDataset();
  service.refusals.set('getTable orders_latest', new ServiceError('denied', 403, 'accessDenied', DENIED));
  const input = fileWith(schemaOf({ id: { type: 'integer' }, ...SYSTEM }));
  const { lines, problems } = await checked({ service, input });
  expect(problems).toBe(0);
  expect(lines.at(-1)).toMatch(
    /^note {2}view shop.orders_latest cannot be created; rows are loaded all the same: /,
  );
});

it('ignores what is malformed among the split columns of a schema', async () => {
  const input = fileWith(
    schemaOf({ id: { type: 'integer' }, ...SYSTEM }, ['id'], { 'x-sdc-splits': { id: 5 } }),
  );
  expect((await checked({ service: withDataset(), input })).lines.at(-1)).toBe(
    'note  view shop.orders_latest will be created: it shows the latest versions',
  );
});

it('checks _sdc_rejected and _sdc_loads of a dataset', async () => {
  const service = withDataset();
  service.addTable(
    { dataset: 'shop', table: '_sdc_rejected' },
    { fields: [column('_sdc_position', 'STRING')] },
  );
  service.addTable({ dataset: 'shop', table: '_sdc_loads' }, { fields: [column('rows', 'STRING')] });
  const { lines, problems } = await checked({ service, table: 'shop.orders' });
  expect(problems).toBe(1);
  expect(lines.slice(-2)).toEqual([
    'FAIL  table shop._sdc_rejected: Column `_sdc_position` is STRING, and has to be INTEGER.',
    'note  table shop._sdc_loads: Column `rows` is NULLABLE STRING, not INTEGER: loads are not reported there, but rows are loaded.',
  ]);
});

it('prints the setting for a table that keeps whole records', async () => {
  const service = withDataset();
  const fields = [column('data', 'JSON'), ...STITCH_TABLE.slice(2, 6)];
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields });
  const { lines } = await checked({ service, table: 'shop.orders' });
  expect(lines.slice(lines.findIndex((line) => line.includes('whole records'))).slice(0, 2)).toEqual([
    'note  it keeps whole records in the column data, as the target-bigquery of z3z1ma does by default; with this config each field gets a column beside it. Settings to paste to continue as before:',
    '        {"raw":true}',
  ]);
  expect((await checked({ service, table: 'shop.orders', settings: { raw: true } })).lines).not.toContain(
    '        {"raw":true}',
  );
});

it('says which columns are found by likeness', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields: [column('orderid', 'INTEGER')] });
  const input = fileWith(schemaOf({ orderId: { type: 'integer' } }, ['orderId']));
  const { lines } = await checked({ service, input, settings: { add_record_metadata: false } });
  expect(lines).toContain(
    'ok    stream shop-orders fits: 1 columns are new, 0 are widened, 1 get the name of their field into the description',
  );
});

it('says that a view is dropped when a table needs its name', async () => {
  const service = withDataset();
  const labels = { target: 'target-bigquery', view: 'latest' };
  service.addTable({ dataset: 'shop', table: 'orders_latest' }, { type: 'VIEW', labels });
  expect(await checked({ service, table: 'shop.orders_latest' })).toMatchObject({ problems: 0 });
});

it('loads nothing and changes nothing', async () => {
  const service = withDataset();
  service.addTable({ dataset: 'shop', table: 'orders' }, { fields: [column('id', 'INTEGER')] });
  await checked({ service, input: fileWith(schemaOf({ id: { type: 'integer' } })) });
  expect([service.writes, service.loads]).toEqual([[], []]);
});

it('finds a system column of the wrong type', async () => {
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

it('reads the catalog that tap-webhooks prints', async () => {
  const settings = {
    integrations: [
      { name: 'stitch_delighted', provider: 'delighted' },
      { name: 'orders', provider: 'webhooks', key_properties: ['order_id'] },
    ],
  };
  const { code, stdout, stderr } = await new TapHome([], settings).run('--discover');
  expect(code, stderr).toBe(0);
  const input = join(tempFolder(), 'catalog.json');
  writeFileSync(input, stdout);
  const { lines, problems } = await checked({ input, settings: { location: 'EU' } });
  expect(problems).toBe(0);
  expect(lines).toContain('note  table stitch_delighted.data does not exist: the first row creates it');
  expect(lines).toContain(
    'note  view stitch_delighted.data_latest will be created: it shows the latest versions',
  );
});

it('reads the key from the metadata of a catalog when there is none beside the schema', async () => {
  const input = join(tempFolder(), 'catalog.json');
  const schema = { type: 'object', properties: { id: { type: 'integer' } } };
  const metadata = [{ breadcrumb: [], metadata: { 'table-key-properties': ['id'] } }];
  writeFileSync(input, JSON.stringify({ streams: [{ stream: 'shop-orders', schema, metadata }] }));
  const [wanted] = await wantedTables({ config: [], input }, configWith());
  expect(wanted?.definition?.keyProperties).toEqual(['id']);
});

it('refuses schemas that are nested too deep, in messages and in a catalog', async () => {
  const items = `${'{"items":'.repeat(1100)}{}${'}'.repeat(1100)}`;
  const schema = `{"type":"object","properties":{"a":${items}}}`;
  for (const text of [
    `{"type":"SCHEMA","stream":"shop-orders","schema":${schema},"key_properties":[]}`,
    `{"streams":[{"stream":"shop-orders","schema":${schema}}]}`,
  ]) {
    const input = join(tempFolder(), 'deep.json');
    writeFileSync(input, text);
    await expect(wantedTables({ config: [], input }, configWith())).rejects.toMatchObject({
      code: 'schemas_unreadable',
      message: expect.stringContaining('levels deep'),
    });
  }
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
