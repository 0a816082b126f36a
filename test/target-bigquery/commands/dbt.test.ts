import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import {
  dbtSources,
  dbtText,
  mergedSources,
  sourceOfDataset,
  sourcesOfSchemas,
  yamlText,
} from '../../../packages/target-bigquery/dist/commands/dbt.js';
import { readConfig } from '../../../packages/target-bigquery/dist/config.js';
import { tempFolder } from '../../helpers/temp.js';
import { MemoryWarehouse } from '../memory-warehouse.js';

const DAYS = { warnHours: 24, failHours: 48 };
const FIELDS: readonly Field[] = [
  { name: 'id', type: 'INTEGER', mode: 'NULLABLE', description: 'Number of the order.' },
  {
    name: 'lines',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [{ name: 'sku', type: 'STRING', mode: 'NULLABLE' }],
  },
  { name: '_sdc_received_at', type: 'TIMESTAMP', mode: 'NULLABLE' },
];

function shop() {
  const service = new MemoryWarehouse();
  service.addDataset('shop');
  service.answer = () => [['_sdc_loads'], ['data'], ['data_latest']];
  service.addTable({ dataset: 'shop', table: '_sdc_loads' }, { description: 'What was loaded.' });
  service.addTable({ dataset: 'shop', table: 'data' }, { fields: FIELDS, description: 'Rows of shop-data.' });
  service.addTable({ dataset: 'shop', table: 'data_latest' }, { type: 'VIEW', fields: FIELDS.slice(2) });
  return service;
}

it('describes the tables of a dataset, with freshness for those that get rows', async () => {
  expect(dbtSources([await sourceOfDataset(shop(), 'shop')], DAYS)).toBe(`version: 2

sources:
  - name: shop
    database: test
    schema: shop
    loader: "target-bigquery"
    tables:
      - name: _sdc_loads
        description: "What was loaded."
      - name: data
        description: "Rows of shop-data."
        loaded_at_field: _sdc_received_at
        freshness:
          warn_after: {count: 24, period: hour}
          error_after: {count: 48, period: hour}
        columns:
          - name: id
            data_type: INT64
            description: "Number of the order."
          - name: lines
            data_type: "ARRAY<STRUCT>"
          - name: "lines.sku"
            data_type: STRING
          - name: _sdc_received_at
            data_type: TIMESTAMP
      - name: data_latest
        columns:
          - name: _sdc_received_at
            data_type: TIMESTAMP`);
});

it('asks for the tables in the location of the dataset', async () => {
  const service = shop();
  await sourceOfDataset(service, 'shop');
  expect(service.queries).toEqual([
    {
      sql: 'SELECT table_name FROM `test.shop`.INFORMATION_SCHEMA.TABLES ORDER BY table_name',
      options: { location: 'EU' },
    },
  ]);
});

it('describes an existing table that also has a schema once, as it is', () => {
  const planned = { name: 'data', description: 'planned', fields: [], isFed: true };
  const standing = { ...planned, description: 'standing' };
  const other = { ...planned, name: 'other' };
  const source = { project: 'test', dataset: 'shop' };
  const sources = [
    { ...source, tables: [planned, other] },
    { ...source, dataset: 'vero', tables: [planned] },
    { ...source, tables: [standing] },
  ];
  expect(mergedSources(sources)).toEqual([
    { ...source, tables: [standing, other] },
    { ...source, dataset: 'vero', tables: [planned] },
  ]);
});

it('describes the tables that the schemas of a file will create', async () => {
  const folder = tempFolder();
  const config = join(folder, 'config.json');
  writeFileSync(config, '{"project":"my-project","add_record_metadata":false}');
  const input = join(folder, 'schemas.singer');
  const properties = { id: { type: 'integer' }, at: { type: 'string', format: 'date-time' } };
  const schema = { type: 'object', properties, additionalProperties: false };
  writeFileSync(input, `${JSON.stringify({ type: 'SCHEMA', stream: 'shop-orders', schema })}\n`);
  expect(
    await sourcesOfSchemas(
      input,
      readConfig([config], {}, () => {}),
    ),
  ).toMatchObject([
    {
      project: 'my-project',
      dataset: 'shop',
      tables: [
        {
          name: 'orders',
          description: 'Rows of stream shop-orders.',
          fields: [
            { name: 'id', type: 'INTEGER' },
            { name: 'at', type: 'TIMESTAMP' },
            { name: '_sdc_extra', type: 'JSON' },
          ],
        },
      ],
    },
  ]);
});

it.each([
  ['plain', 'plain'],
  ['No', '"No"'],
  ['1e3', '"1e3"'],
  ['a: "b" # c\nd', '"a: \\"b\\" # c\\nd"'],
  ['\u2028\u0085\ud800', '"\\u2028\\u0085\ufffd"'],
  ['', '""'],
])('writes %j as YAML', (text, yaml) => {
  expect(yamlText(text)).toBe(yaml);
});

it('keeps Jinja from running', () => {
  expect(dbtText('{{ x }} {% y')).toBe(`"{{ '{{' }} x }} {{ '{%' }} y"`);
});
