import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { BigQueryClient } from '../../packages/target-bigquery/dist/api/client.js';
import type { Fake } from '../fake-bigquery/fake.js';
import { openBigQuery } from '../helpers/bigquery-target.js';
import { type Ended, runInProcess } from '../helpers/in-process.js';
import { shortWaits } from '../helpers/short-waits.js';
import { tempFolder } from '../helpers/temp.js';
import { fakeBigQuery } from './open-loader.js';

beforeEach(shortWaits);

const METHODS = ['batch_job', 'storage_write_api'] as const;

/** Runs the target with some messages against a fake of its own. */
async function run(method: (typeof METHODS)[number], messages: readonly object[], settings: object = {}) {
  const fake = await fakeBigQuery();
  return { fake, ended: await runOn(fake, method, messages, settings) };
}

function runOn(
  fake: Fake,
  method: (typeof METHODS)[number],
  messages: readonly object[],
  settings: object,
): Promise<Ended> {
  const config = join(tempFolder(), 'config.json');
  const { apiEndpoint: api_endpoint, storageApiEndpoint: storage_api_endpoint } = fake;
  const place = { project: 'test', dataset: 'plain', location: 'EU', spool_path: tempFolder() };
  writeFileSync(
    config,
    JSON.stringify({ ...place, method, api_endpoint, storage_api_endpoint, latest_view: false, ...settings }),
  );
  const input = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
  return runInProcess(openBigQuery, config, input);
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly extra: { readonly [name: string]: unknown };
}

const logOf = ({ stderr }: Ended): LogLine[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);

const schema = (properties: object) => ({
  type: 'SCHEMA',
  stream: 's',
  schema: { type: 'object', properties },
  key_properties: [],
});
const record = (value: object) => ({ type: 'RECORD', stream: 's', record: value });

test.each(METHODS)(
  'with %s, what does not fit is said once per column, and counted everywhere',
  async (method) => {
    const { fake, ended } = await run(
      method,
      [
        schema({ id: { type: 'integer' }, t: { type: ['null', 'string'], format: 'date-time' } }),
        ...[1, 2, 3, 4, 5].map((id) => record({ id, t: id === 1 ? '2026-01-31T12:00:00Z' : 'a secret' })),
      ],
      { batch_size_rows: 2 },
    );
    const log = logOf(ended);
    expect(ended.code).toBe(0);
    expect(log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'values of the field "t" do not all fit its column t. The first is text of 8 characters that is no time; it is kept in column _sdc_extra.',
    ]);
    expect(log.map(({ message }) => message)).toContain('5 rows loaded, 4 values beside their columns');
    expect(log.find(({ message }) => message.startsWith('5 rows loaded'))?.extra.diverted).toBe(4);
    const metrics = log.filter(({ message }) => message.includes('"diverted_count"'));
    expect(metrics.map(({ message }) => JSON.parse(message.slice('METRIC: '.length)).value)).toEqual([
      1, 2, 1,
    ]);
    const loads = fake.rows('plain', '_sdc_loads').filter(({ event }) => event === 'loaded');
    expect(loads.map(({ rows, values_diverted }) => [rows, values_diverted])).toEqual([
      ['2', '1'],
      ['2', '2'],
      ['1', '1'],
    ]);
    expect(fake.rows('plain', 's').map(({ t, _sdc_extra }) => [t, _sdc_extra])).toEqual([
      ['2026-01-31T12:00:00.000Z', undefined],
      [undefined, { t: 'a secret' }],
      [undefined, { t: 'a secret' }],
      [undefined, { t: 'a secret' }],
      [undefined, { t: 'a secret' }],
    ]);
    expect(ended.stderr).not.toContain('secret');
  },
);

test.each(METHODS)(
  "with %s, a tap's _SDC_SEQUENCE does not take the name of the system column",
  async (method) => {
    const { fake } = await run(
      method,
      [
        schema({ id: { type: 'integer' }, _SDC_SEQUENCE: { type: 'integer' } }),
        record({ id: 1, _SDC_SEQUENCE: 500 }),
        record({ id: 2, _SDC_SEQUENCE: 400 }),
      ],
      { batch_size_rows: 1 },
    );
    const rows = fake.rows('plain', 's');
    expect(rows.map((row) => row._SDC_SEQUENCE_caca26b1)).toEqual(['500', '400']);
    expect(rows.every((row) => Number(row._sdc_sequence) > 1_700_000_000_000)).toBe(true);
  },
);

test.each(METHODS)('with %s, fields that are reached by references have columns', async (method) => {
  const money = { type: 'object', properties: { amount: { type: 'integer' } } };
  const price = { allOf: [{ $ref: '#/definitions/money' }, { properties: { vat: { type: 'integer' } } }] };
  const user = {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      price,
      pair: { prefixItems: [{ type: 'integer' }], items: false },
    },
  };
  const { fake, ended } = await run(
    method,
    [
      { ...schema({}), schema: { $ref: '#/definitions/user', definitions: { user, money } } },
      record({ id: 1, price: { amount: 5, vat: 1 }, pair: [7] }),
      record({ id: 2, price: { amount: 6, vat: 2 }, pair: [8] }),
    ],
    { batch_size_rows: 1 },
  );
  expect(ended.code).toBe(0);
  expect(
    fake.rows('plain', 's').map(({ id, price, pair, _sdc_extra }) => ({ id, price, pair, _sdc_extra })),
  ).toEqual([
    { id: '1', price: { amount: '5', vat: '1' }, pair: ['7'], _sdc_extra: undefined },
    { id: '2', price: { amount: '6', vat: '2' }, pair: ['8'], _sdc_extra: undefined },
  ]);
});

const id = { type: 'integer' };
const text = { type: ['null', 'string'] };

test.each(
  METHODS.flatMap((method) =>
    [
      ['a narrow and a wide SCHEMA', { id, a: text }, { id, a: text, b: text }],
      ['types in another order', { id, a: text }, { id, a: { type: ['string', 'null'] } }],
      ['columns that the other lacks', { id, a: text }, { id, b: text }],
    ].map(([what, one, other]) => [method, what, one, other] as const),
  ),
)('with %s, 200 SCHEMAs that alternate between %s are few jobs', async (method, _, one, other) => {
  const messages = Array.from({ length: 200 }, (_, index) => [
    schema(index % 2 === 0 ? (one as object) : (other as object)),
    record({ id: index, a: 'x', b: 'y' }),
  ]).flat();
  const { fake, ended } = await run(method, messages, { validate_records: false });
  expect(ended.code).toBe(0);
  expect(fake.loadsOf('plain', 's')).toHaveLength(1);
  expect(fake.rows('plain', 's').map((row) => Number(row.id))).toEqual(
    Array.from({ length: 200 }, (_, n) => n),
  );
});

test.each(METHODS)(
  'with %s, no dataset is created without a location, and those that exist need none',
  async (method) => {
    const fake = await fakeBigQuery();
    const start = (stream: string) =>
      runOn(
        fake,
        method,
        [
          { ...schema({ id }), stream },
          { ...record({ id: 1 }), stream },
        ],
        { location: undefined },
      );
    const refused = await start('shop-orders');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(
      'Dataset shop does not exist, and the setting `location` does not say where to create it; a dataset can never be moved. Set `location`',
    );
    expect([...fake.tables.datasets.keys()]).toEqual([]);

    const service = await BigQueryClient.open({
      project: 'test',
      api_endpoint: fake.apiEndpoint,
      timeout: 60,
    });
    await service.createDataset('shop', { location: 'europe-west3' });
    expect((await start('shop-orders')).code).toBe(0);
    expect(fake.rows('shop', 'orders')).toHaveLength(1);
  },
);

test.each(METHODS)(
  'with %s, streams of alike names have a table each, in whatever order they come',
  async (method) => {
    const fake = await fakeBigQuery();
    const streams = ['日本', '中国', 'a.b', 'a/b'];
    for (const names of [streams, streams.toReversed()]) {
      const messages = names.flatMap((stream) => [
        { ...schema({ name: text }), stream },
        { ...record({ name: stream }), stream },
      ]);
      expect((await runOn(fake, method, messages, {})).code).toBe(0);
    }
    const namesIn = (table: string) => fake.rows('plain', table).map(({ name }) => name);
    expect(namesIn('___cf2abf0c')).toEqual(['日本', '日本']);
    expect(namesIn('___f0e95216')).toEqual(['中国', '中国']);
    expect(namesIn('a_b')).toEqual(['a.b', 'a.b']);
    expect(namesIn('a_b_c14cddc0')).toEqual(['a/b', 'a/b']);
  },
);

test.each(METHODS)(
  'with %s, 200 SCHEMAs that alternate between two types of a field are few jobs',
  async (method) => {
    const messages = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0
        ? [schema({ id, a: { type: 'integer' } }), record({ id: index, a: index })]
        : [schema({ id, a: text }), record({ id: index, a: 'x' })],
    ).flat();
    const { fake, ended } = await run(method, messages);
    expect(ended.code).toBe(0);
    expect(fake.loadsOf('plain', 's').length).toBeLessThanOrEqual(3);
    expect(fake.rows('plain', 's').map((row) => [row.id, row.a, row.a__st])).toEqual(
      Array.from({ length: 200 }, (_, n) =>
        n % 2 === 0 ? [String(n), String(n), undefined] : [String(n), undefined, 'x'],
      ),
    );
  },
);
