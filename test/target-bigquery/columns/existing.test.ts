import { describe, expect, test } from 'vitest';
import { describePlan } from '../../../packages/target-bigquery/dist/commands/report.js';
import { column, columnsOf, encoded, planOf } from './plan.js';

const text = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number' };

describe('a table that exists', () => {
  test('keeps its columns in their order and with their types, and new ones follow', () => {
    const existing = [column('b', 'STRING', { description: 'theirs' }), column('a', 'STRING')];
    const plan = planOf({ a: text, c: integer, b: text }, { existing });
    expect(plan.fields.slice(0, 2)).toEqual(existing);
    expect(plan.added).toEqual(['c', '_sdc_extra']);
    expect(plan.widened).toEqual([]);
  });

  test('gets new fields in its RECORDs, at their end', () => {
    const existing = [column('r', 'RECORD', { fields: [column('b', 'STRING')] })];
    const plan = planOf({ r: { type: 'object', properties: { a: text, b: text } } }, { existing });
    expect(columnsOf(plan)).toEqual(['r{b STRING, a STRING}']);
    expect(plan.added).toEqual(['r.a', '_sdc_extra']);
  });

  test('has one path in `added` for a new RECORD', () => {
    expect(planOf({ r: { type: 'object', properties: { a: text } } }, { existing: [] }).added).toEqual([
      'r',
      '_sdc_extra',
    ]);
  });

  test("finds the columns of fields under Stitch's names, which are in lower case", () => {
    const plan = planOf({ customerId: text }, { existing: [column('customerid', 'STRING')] });
    expect(plan.added).toEqual(['_sdc_extra']);
    expect(encoded(plan, '{"customerId":"c"}')).toBe('{"customerid":"c"}');
  });

  test('gets its INTEGER column widened when decimals come', () => {
    const plan = planOf({ n: number }, { existing: [column('n', 'INTEGER')] });
    expect(plan.widened).toEqual([{ column: 'n', to: 'BIGNUMERIC' }]);
    expect(columnsOf(plan)).toEqual(['n BIGNUMERIC']);
    expect(plan.added).toEqual(['_sdc_extra']);
    expect(encoded(plan, '{"n":1.5}')).toBe('{"n":"1.5"}');
  });

  test.each([
    ['n__nu', 'NUMERIC', '{"n__nu":"1.5"}'],
    ['n__fl', 'FLOAT', '{"n__fl":1.5}'],
  ] as const)('has its INTEGER left alone where it has %s already', (name, type, row) => {
    const plan = planOf({ n: number }, { existing: [column('n', 'INTEGER'), column(name, type)] });
    expect([plan.widened, plan.added]).toEqual([[], ['_sdc_extra']]);
    expect(encoded(plan, '{"n":1.5}')).toBe(row);
    expect(encoded(plan, '{"n":2}')).toBe('{"n":2}');
  });

  test('gets a split column where a nested INTEGER cannot be widened', () => {
    const existing = [column('r', 'RECORD', { fields: [column('n', 'INTEGER')] })];
    const plan = planOf({ r: { type: 'object', properties: { n: number } } }, { existing });
    expect(plan.widened).toEqual([]);
    expect(plan.added).toEqual(['r.n__nu', '_sdc_extra']);
    expect(encoded(plan, '{"r":{"n":7}}')).toBe('{"r":{"n":7}}');
    expect(encoded(plan, '{"r":{"n":7.5}}')).toBe('{"r":{"n__nu":"7.5"}}');
  });

  test.each([
    ['text', 'INTEGER', text, 'f__st'],
    ['an integer', 'STRING', integer, 'f__it'],
    ['a number', 'STRING', number, 'f__nu'],
    ['a number', 'FLOAT', number, 'f__nu'],
    ['a boolean', 'STRING', { type: 'boolean' }, 'f__bo'],
    ['a time', 'INTEGER', { type: 'string', format: 'date-time' }, 'f__ti'],
    ['an object', 'STRING', { type: 'object', properties: { a: text } }, 'f__re'],
    ['a list', 'STRING', { type: 'array', items: text }, 'f__ar'],
    ['anything', 'STRING', {}, 'f__js'],
  ] as const)('gets a further column for %s where it has %s', (_, type, schema, name) => {
    const plan = planOf({ f: schema }, { existing: [column('f', type)] });
    expect(plan.added).toEqual([name, '_sdc_extra']);
    expect(planOf({ f: schema }, { existing: plan.fields }).added).toEqual([]);
  });

  test.each([
    ['TIMESTAMP', 'STRING', { type: 'string', format: 'date-time' }],
    ['INTEGER', 'NUMERIC', integer],
    ['INTEGER', 'BIGNUMERIC', integer],
    ['RECORD', 'JSON', { type: 'object', properties: { a: text } }],
    ['a list', 'JSON', { type: 'array', items: text }],
  ] as const)('gets none for %s where it has %s', (_, type, schema) => {
    expect(planOf({ f: schema }, { existing: [column('f', type)] }).added).toEqual(['_sdc_extra']);
  });

  test('uses the split columns that Stitch created', () => {
    const existing = [column('age', 'INTEGER'), column('age__nu', 'NUMERIC'), column('age__st', 'STRING')];
    const plan = planOf({ age: integer }, { existing });
    expect(plan.added).toEqual(['_sdc_extra']);
    expect(encoded(plan, '{"age":16}')).toBe('{"age":16}');
    expect(encoded(plan, '{"age":16.5}')).toBe('{"age__nu":"16.5"}');
    expect(encoded(plan, '{"age":"old"}')).toBe('{"age__st":"old"}');
  });

  test('leaves a split column of the tap to its own field', () => {
    const properties = { age: integer, age__st: text };
    const plan = planOf(properties, { existing: planOf(properties).fields });
    expect(encoded(plan, '{"age":1,"age__st":"x"}')).toBe('{"age":1,"age__st":"x"}');
    expect(encoded(plan, '{"age":"y"}')).toBe('{"_sdc_extra":{"age":"y"}}');
  });

  test('loads fields that only the table knows', () => {
    const plan = planOf({ a: text }, { existing: [column('old', 'INTEGER')] });
    expect(encoded(plan, '{"old":1,"a":"x"}')).toBe('{"old":1,"a":"x"}');
  });

  test("is appended to when z3z1ma's target created it", () => {
    const existing = [
      column('data', 'JSON'),
      ...['_sdc_extracted_at', '_sdc_received_at', '_sdc_batched_at'].map((name) =>
        column(name, 'TIMESTAMP'),
      ),
      column('_sdc_sequence', 'INTEGER'),
    ];
    const properties = {
      id: integer,
      _sdc_received_at: { type: 'string', format: 'date-time' },
      _sdc_sequence: integer,
    };
    expect(planOf(properties, { existing }).problems).toEqual([]);
    const raw = planOf(properties, { existing, raw: true, keyProperties: ['id'] });
    expect(raw.added).toEqual(['id']);
    expect(encoded(raw, '{"id":1,"x":2,"_sdc_sequence":3}')).toBe(
      '{"id":1,"_sdc_sequence":3,"data":{"id":1,"x":2}}',
    );
  });
});

describe('a plan lists as a problem', () => {
  test.each([
    ['_sdc_position', 'STRING', integer, 'Column `_sdc_position` is STRING, and has to be INTEGER.'],
    [
      '_sdc_received_at',
      'STRING',
      { type: 'string', format: 'date-time' },
      'Column `_sdc_received_at` is STRING, and has to be TIMESTAMP.',
    ],
    ['__sdc_primary_key', 'INTEGER', text, 'Column `__sdc_primary_key` is INTEGER, and has to be STRING.'],
  ] as const)('%s of type %s', (name, type, schema, problem) => {
    expect(planOf({ [name]: schema }, { existing: [column(name, type)] }).problems).toEqual([problem]);
  });

  test('an identity column of another type only where the stream is marked', () => {
    const existing = [column('_sdc_position', 'STRING')];
    expect(planOf({ _sdc_position: integer }, { existing, hasIdentity: false }).problems).toEqual([]);
  });

  test('a REQUIRED column that the stream has no field for', () => {
    const existing = [column('x', 'STRING', { mode: 'REQUIRED' })];
    expect(planOf({ a: text }, { existing }).problems).toEqual([
      'Column `x` is REQUIRED, and the stream has no field for it: make it NULLABLE.',
    ]);
  });

  test('a REQUIRED column of another type', () => {
    const existing = [column('a', 'INTEGER', { mode: 'REQUIRED' })];
    expect(planOf({ a: text }, { existing }).problems).toEqual([
      "Column `a` is REQUIRED, and the stream's values of it do not all fit INTEGER: make it NULLABLE.",
    ]);
  });

  test('no REQUIRED column that has a field, but a row without a value for it is refused', () => {
    const plan = planOf({ a: text }, { existing: [column('a', 'STRING', { mode: 'REQUIRED' })] });
    expect(plan.problems).toEqual([]);
    expect(encoded(plan, '{"a":"x"}')).toBe('{"a":"x"}');
    for (const row of ['{}', '{"a":null}']) {
      expect(encoded(plan, row)).toBe(
        'refused: Column "a" is REQUIRED, and the row has no value that it holds.',
      );
    }
  });
});

test('a plan is described with one line per column', () => {
  const existing = [column('n', 'INTEGER'), column('f', 'STRING')];
  const plan = planOf(
    { n: number, f: integer, 'r r': { type: 'object', properties: { a: text } } },
    { existing },
  );
  expect(describePlan(plan)).toEqual([
    'n BIGNUMERIC NULLABLE widened',
    'f STRING NULLABLE existing',
    'f__it INTEGER NULLABLE new ← f',
    'r_r RECORD NULLABLE new ← r r',
    'r_r.a STRING NULLABLE new ← r r.a',
    '_sdc_extra JSON NULLABLE new',
  ]);
});
