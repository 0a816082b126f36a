import type { TableDefinition } from '@tap-webhooks/target-core';
import { expect, it } from 'vitest';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { latestView } from '../../../packages/target-bigquery/dist/view/latest-view.js';

const column = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  type,
  mode: 'NULLABLE',
  ...more,
});
const SEQUENCE = column('_sdc_sequence', 'INTEGER');
const IDENTITY = [column('_sdc_inbox', 'STRING'), column('_sdc_position', 'INTEGER')];

interface Given {
  readonly fields: readonly Field[];
  readonly keys?: readonly string[];
  readonly schema?: object;
  readonly sources?: Readonly<Record<string, string>>;
}

function view({ fields, keys = ['id'], schema = {}, sources = {} }: Given) {
  const definition: TableDefinition = {
    stream: 'shop-orders',
    schemaName: 'shop',
    tableName: 'orders',
    schema: { type: 'object', properties: {}, ...schema },
    keyProperties: keys,
    hasIdentity: true,
  };
  const ref = { dataset: 'shop', table: 'orders' };
  return latestView(
    { project: 'my-project', ref, fields, sources: new Map(Object.entries(sources)) },
    definition,
  );
}

/** What comes behind `QUALIFY`. */
function qualify(given: Given): string | undefined {
  return view(given)?.query.split('QUALIFY ')[1];
}

/** Parts of the key that are no columns, by name. */
function computed(given: Given): string[] | undefined {
  const inner = view(given)?.query.split('    *,\n')[1]?.split('\n  FROM ')[0];
  return inner?.split('\n').map((line) => line.trim().replace(/,$/, ''));
}

/** Lines of the select list. */
function selected(given: Given): string[] | undefined {
  const list = view(given)?.query.split('\nFROM ')[0]?.split('\n').slice(1);
  return list?.map((line) => line.trim().replace(/,$/, ''));
}

it('shows the row with the highest sequence of each key, in explicit columns', () => {
  const fields = [column('id', 'INTEGER'), column('name', 'STRING'), SEQUENCE, ...IDENTITY];
  expect(view({ fields: [...fields, column('_sdc_batched_at', 'TIMESTAMP')] })?.query).toBe(
    `SELECT
  \`id\`,
  \`name\`,
  \`_sdc_sequence\`,
  \`_sdc_inbox\`,
  \`_sdc_position\`,
  \`_sdc_batched_at\`
FROM \`my-project.shop.orders\` AS _sdc_table
WHERE TRUE
QUALIFY \`id\` IS NULL OR ROW_NUMBER() OVER (
  PARTITION BY \`id\`
  ORDER BY IF(\`_sdc_sequence\` >= 100000000000000, DIV(\`_sdc_sequence\`, 1000000), \`_sdc_sequence\`) DESC, \`_sdc_sequence\` DESC, \`_sdc_position\` DESC, \`_sdc_batched_at\` DESC
) = 1`,
  );
});

it('orders by the system column, not by the field of a tap whose name differs in case only', () => {
  const fields = [column('id', 'INTEGER'), column('_SDC_SEQUENCE', 'INTEGER')];
  const own = column('_sdc_sequence_775971c1', 'INTEGER');
  const sources = { _SDC_SEQUENCE: '_SDC_SEQUENCE', _sdc_sequence_775971c1: '_sdc_sequence' };
  expect(view({ fields: [...fields, own], sources })?.query).toMatch(
    /, `_sdc_sequence_775971c1` DESC\n\) = 1$/,
  );
  expect(view({ fields, sources })).toBeUndefined();
});

it('uses a key of several columns', () => {
  const fields = [column('shop', 'STRING'), column('id', 'INTEGER'), SEQUENCE];
  expect(qualify({ fields, keys: ['shop', 'id'] })).toMatch(
    /^`shop` IS NULL OR `id` IS NULL OR ROW_NUMBER\(\) OVER \(\n {2}PARTITION BY `shop`, `id`\n/,
  );
});

it('finds a key column with another name than its field', () => {
  const fields = [column('Order_ID', 'INTEGER'), SEQUENCE];
  expect(qualify({ fields, keys: ['Order ID'], sources: { Order_ID: 'Order ID' } })).toContain(
    'PARTITION BY `Order_ID`\n',
  );
});

it('uses what latest_by names instead of the key', () => {
  const data = column('data', 'RECORD', { fields: [column('ref', 'STRING')] });
  const fields = [column('id', 'INTEGER'), data, SEQUENCE, ...IDENTITY];
  expect(qualify({ fields, schema: { 'x-sdc-latest-by': 'data.ref' } })).toMatch(
    /^`data`\.`ref` IS NULL OR ROW_NUMBER\(\) OVER \(\n {2}PARTITION BY `data`\.`ref`, IF\(`data`\.`ref` IS NULL, `_sdc_position`, NULL\)\n/,
  );
});

it('names each part of a key that is no column, once', () => {
  const fields = [column('event', 'JSON'), SEQUENCE, ...IDENTITY];
  const schema = { 'x-sdc-latest-by': 'event.id' };
  expect(view({ fields, keys: ['__sdc_primary_key'], schema })?.query).toBe(
    `SELECT
  \`event\`,
  \`_sdc_sequence\`,
  \`_sdc_inbox\`,
  \`_sdc_position\`
FROM (
  SELECT
    *,
    JSON_VALUE(\`event\`, '$.id') AS _sdc_key_1
  FROM \`my-project.shop.orders\` AS _sdc_table
)
WHERE TRUE
QUALIFY _sdc_key_1 IS NULL OR ROW_NUMBER() OVER (
  PARTITION BY _sdc_key_1, IF(_sdc_key_1 IS NULL, \`_sdc_position\`, NULL)
  ORDER BY IF(\`_sdc_sequence\` >= 100000000000000, DIV(\`_sdc_sequence\`, 1000000), \`_sdc_sequence\`) DESC, \`_sdc_sequence\` DESC, \`_sdc_position\` DESC
) = 1`,
  );
});

it('reads a path in a JSON column', () => {
  const given = { fields: [column('event', 'JSON'), SEQUENCE], keys: ['__sdc_primary_key'] };
  expect(computed({ ...given, schema: { 'x-sdc-latest-by': 'event.order id.no' } })).toEqual([
    `JSON_VALUE(\`event\`, '$."order id".no') AS _sdc_key_1`,
  ]);
});

it('reads a path in the payload of a raw table', () => {
  const given = { fields: [column('payload', 'JSON'), SEQUENCE], keys: ['__sdc_primary_key'] };
  expect(computed({ ...given, schema: { 'x-sdc-latest-by': 'event.id' } })).toEqual([
    "JSON_VALUE(`payload`, '$.event.id') AS _sdc_key_1",
  ]);
});

it('keeps things of different event types apart', () => {
  const fields = [column('type', 'STRING'), column('mail', 'STRING'), column('user', 'INTEGER'), SEQUENCE];
  const latestBy = { column: 'type', paths: { sent: 'mail', opened: 'mail', "user's": 'user' } };
  const given = { fields, keys: ['__sdc_primary_key'], schema: { 'x-sdc-latest-by': latestBy } };
  expect(computed(given)).toEqual([
    "CASE WHEN `type` IN ('sent', 'opened') THEN 'mail' WHEN `type` IN ('user\\'s') THEN 'user' END AS _sdc_key_1",
    "CASE WHEN `type` IN ('sent', 'opened') THEN `mail` WHEN `type` IN ('user\\'s') THEN CAST(`user` AS STRING) END AS _sdc_key_2",
  ]);
  expect(qualify(given)).toMatch(
    /^_sdc_key_2 IS NULL OR ROW_NUMBER\(\) OVER \(\n {2}PARTITION BY _sdc_key_1, _sdc_key_2\n/,
  );
});

it('shows every row of event types that latest_by does not name', () => {
  const fields = [column('type', 'STRING'), column('mail', 'STRING'), SEQUENCE];
  const latestBy = { column: 'type', paths: { sent: 'mail' } };
  expect(computed({ fields, keys: ['__sdc_primary_key'], schema: { 'x-sdc-latest-by': latestBy } })).toEqual([
    "IF(`type` IN ('sent'), `mail`, NULL) AS _sdc_key_1",
  ]);
});

it.each([
  ['a generated key', ['__sdc_primary_key']],
  ['a row by its identity', ['_sdc_inbox', '_sdc_position', '_sdc_sequence']],
  ['a row by inbox and position', ['_sdc_inbox', '_sdc_position']],
  ['nothing', []],
  ['a column that the table lacks', ['other']],
])('does not exist when the key is %s', (_, keys) => {
  const fields = [column('id', 'INTEGER'), column('__sdc_primary_key', 'STRING'), SEQUENCE, ...IDENTITY];
  expect(view({ fields, keys })).toBeUndefined();
});

it('does not exist for a table without a sequence', () => {
  expect(view({ fields: [column('id', 'INTEGER')] })).toBeUndefined();
});

it('shows split columns unaltered, and one more column with their value as text', () => {
  const fields = [
    column('id', 'INTEGER'),
    column('score', 'INTEGER'),
    column('score__st', 'STRING'),
    SEQUENCE,
  ];
  expect(selected({ fields, schema: { 'x-sdc-splits': { score__st: 'score' } } })).toEqual([
    '`id`',
    '`score`',
    '`score__st`',
    '`_sdc_sequence`',
    'COALESCE(CAST(`score` AS STRING), `score__st`) AS `score__any`',
  ]);
});

it.each(['constructor', 'toString', '__proto__'])('exists for a table with a column %s', (name) => {
  const fields = [column('id', 'INTEGER'), column(name, 'STRING'), SEQUENCE];
  const schema = { 'x-sdc-splits': { other__st: 'other' } };
  expect(selected({ fields, schema })).toEqual(['`id`', `\`${name}\``, '`_sdc_sequence`']);
});

it('shows strings of JSON columns without their quotes', () => {
  const fields = [column('id', 'INTEGER'), column('x', 'INTEGER'), column('x__js', 'JSON'), SEQUENCE];
  expect(selected({ fields, sources: { x__js: 'x' } })).toContain(
    'COALESCE(CAST(`x` AS STRING), ' +
      'IF(`x__js` IS NULL, NULL, COALESCE(JSON_VALUE(`x__js`), TO_JSON_STRING(`x__js`)))) AS `x__any`',
  );
});

it('coalesces columns that the target split itself', () => {
  const fields = [
    column('id', 'INTEGER'),
    column('Total', 'STRING'),
    column('Total__bo', 'BOOLEAN'),
    SEQUENCE,
  ];
  expect(selected({ fields, sources: { Total__bo: 'Total' } })).toContain(
    'COALESCE(`Total`, CAST(`Total__bo` AS STRING)) AS `Total__any`',
  );
});

it('shows exact numbers of several types as numbers', () => {
  const fields = [column('id', 'INTEGER'), column('sum', 'INTEGER'), column('sum__nu', 'NUMERIC'), SEQUENCE];
  expect(selected({ fields, sources: { sum__nu: 'sum' } })).toContain(
    'COALESCE(CAST(`sum` AS NUMERIC), `sum__nu`) AS `sum__any`',
  );
});

it('shows lists and objects as JSON, and floats as text', () => {
  const fields = [
    column('id', 'INTEGER'),
    column('x', 'FLOAT'),
    column('x__ar', 'STRING', { mode: 'REPEATED' }),
    column('x__re', 'RECORD', { fields: [column('a', 'STRING')] }),
    SEQUENCE,
  ];
  expect(selected({ fields, sources: { x__ar: 'x', x__re: 'x' } })).toContain(
    'COALESCE(CAST(`x` AS STRING), IF(ARRAY_LENGTH(`x__ar`) > 0, TO_JSON_STRING(`x__ar`), NULL), ' +
      'IF(`x__re` IS NULL, NULL, TO_JSON_STRING(`x__re`))) AS `x__any`',
  );
});

it('coalesces split fields of a RECORD under the path of the first', () => {
  const inner = [column('score', 'INTEGER'), column('score__st', 'STRING')];
  const fields = [column('id', 'INTEGER'), column('data', 'RECORD', { fields: inner }), SEQUENCE];
  expect(selected({ fields, schema: { 'x-sdc-splits': { 'data.score__st': 'data.score' } } })).toContain(
    'COALESCE(CAST(`data`.`score` AS STRING), `data`.`score__st`) AS `data__score__any`',
  );
});

it('finds versions of a thing whose key has had two types', () => {
  const fields = [column('id', 'INTEGER'), column('id__st', 'STRING'), SEQUENCE];
  expect(computed({ fields, sources: { id__st: 'id' } })).toEqual([
    'COALESCE(CAST(`id` AS STRING), `id__st`) AS _sdc_key_1',
  ]);
});

it('has the descriptions of the columns', () => {
  const fields = [column('id', 'INTEGER', { description: 'Number of the order.' }), SEQUENCE];
  expect([...(view({ fields })?.descriptions ?? [])]).toEqual([['id', 'Number of the order.']]);
});
