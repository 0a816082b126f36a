import { type JsonNode, parseJson, stringValue } from '@tap-webhooks/singer';
import { describe, expect, test } from 'vitest';
import type { TablePlan } from '../../../packages/target-bigquery/dist/columns/plan.js';
import { RowReader } from '../../fake-bigquery/row-reader.js';
import { column, encoded, planOf } from './plan.js';

type Tree = string | { [name: string]: Tree } | Tree[];

/** A document whose numbers are text, digit for digit, and whose nulls and empty RECORDs do not count. */
function tree(text: string, node: JsonNode = parseJson(text)): Tree | undefined {
  switch (node.kind) {
    case 'null':
      return undefined;
    case 'string':
      return stringValue(text, node);
    case 'object':
      return Object.fromEntries(
        (node.members ?? []).flatMap(({ name, value }) => {
          const inner = tree(text, value);
          return inner === undefined ? [] : [[name, inner] as const];
        }),
      );
    case 'array':
      return (node.items ?? []).map((item) => tree(text, item) ?? 'null');
    default:
      return text.slice(node.start, node.end);
  }
}

const isObject = (value: Tree | undefined): value is { [name: string]: Tree } =>
  typeof value === 'object' && !Array.isArray(value);

/** Columns back to the fields they stand for. */
function fieldsFrom(plan: TablePlan, value: Tree, path = ''): Tree {
  if (Array.isArray(value)) return value.map((item) => fieldsFrom(plan, item, path));
  if (!isObject(value)) return value;
  const isRecord = Object.keys(value).every((name) => plan.sources.has(path + name));
  if (!isRecord) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      plan.sources
        .get(path + name)
        ?.split('.')
        .at(-1) as string,
      fieldsFrom(plan, inner, `${path}${name}.`),
    ]),
  );
}

/** `items[1].a\.b` → items, 1, a.b */
function stepsOf(name: string): string[] {
  return [...name.matchAll(/\[(\d+)\]|((?:\\.|[^.[\\])+)/gs)].map(([, index, step = '']) =>
    index === undefined ? step.replace(/\\(.)/gs, '$1') : index,
  );
}

function undo(plan: TablePlan, json: string): Tree {
  const { _sdc_extra: extra = {}, ...columns } = tree(json) as { [name: string]: Tree };
  const row = fieldsFrom(plan, columns) as { [name: string]: Tree };
  for (const [name, value] of Object.entries(extra)) {
    const steps = stepsOf(name);
    const last = steps.pop() as string;
    let at = row;
    for (const step of steps) at = at[step] as { [name: string]: Tree };
    at[last] = value;
  }
  return row;
}

const VALUES = [
  ...['null', 'true', '""', '"x"', '0', '-1.5', '1e400', '9223372036854775807', '9223372036854775808'],
  ...[
    '12345678901234567890.0123456789',
    '"2026-01-31T12:00:00.000Z"',
    '"2026-02-30T12:00:00Z"',
    '"2026-01-31"',
  ],
  ...['[]', '["a","b"]', '["a",null]', '[["a"],1]', '[{"n":1},{"n":"x","z":[2]}]', '{}', '{"n":7}'],
  ...['{"n":"7","z.[\\\\":{"n":1.25},"deep":{"n":1,"m":2}}', '"\\u0041\\n\\"\\\\"', '"😀\\ud83d\\ude00"'],
];

const record = {
  type: 'object',
  properties: { n: { type: 'integer' }, deep: { type: 'object', properties: { n: {} } } },
};
const SCHEMAS = {
  text: { type: 'string' },
  int: { type: 'integer' },
  num: { type: 'number' },
  time: { type: 'string', format: 'date-time' },
  day: { type: 'string', format: 'date' },
  yes: { type: 'boolean' },
  any: {},
  texts: { type: 'array', items: { type: 'string' } },
  rec: record,
  recs: { type: 'array', items: record },
  'odd name': { type: 'string' },
};

const PLANS: ReadonlyArray<[string, TablePlan]> = [
  ['a new table', planOf(SCHEMAS)],
  [
    'a table with other types',
    planOf(SCHEMAS, {
      existing: Object.keys(SCHEMAS).map((name) => column(name.replace(' ', '_'), 'INTEGER')),
    }),
  ],
  [
    'a table of floats and text',
    planOf(SCHEMAS, {
      existing: Object.keys(SCHEMAS).map((name, index) =>
        column(name.replace(' ', '_'), index % 2 === 0 ? 'FLOAT' : 'STRING'),
      ),
    }),
  ],
];

describe.each(PLANS)('into %s', (_, plan) => {
  test.each(VALUES)('every field carries %s', (value) => {
    const row = `{${[...Object.keys(SCHEMAS), 'unknown', 'a.b']
      .map((name) => `${JSON.stringify(name)}:${value}`)
      .join(', ')}}`;
    expect(undo(plan, encoded(plan, row))).toEqual(tree(row));
  });

  test('every field carries its own value, whatever its neighbours are', () => {
    const names = [...Object.keys(SCHEMAS), 'unknown'];
    for (let shift = 0; shift < VALUES.length; shift += 1) {
      const members = names.map((name, index) => `"${name}":${VALUES[(shift + index * 5) % VALUES.length]}`);
      const row = `{${members.join(',')}}`;
      expect(undo(plan, encoded(plan, row))).toEqual(tree(row));
    }
  });

  test.each(VALUES)('the service takes %s as it is written', (value) => {
    const row = `{${Object.keys(SCHEMAS)
      .map((name) => `${JSON.stringify(name)}:${value}`)
      .join(',')}}`;
    const fields = JSON.parse(JSON.stringify(plan.fields)); // as they travel
    const reader = new RowReader(fields, false);
    expect(() => reader.read(encoded(plan, row))).not.toThrow();
  });
});
