import type { JsonSchema } from '@tap-webhooks/singer';
import { describe, expect, test } from 'vitest';
import { columnsOf, encoded, planOf } from './plan.js';

/** What one field becomes. */
function columnFor(
  schema: JsonSchema | true,
  options: Parameters<typeof planOf>[1] = {},
): string | undefined {
  return columnsOf(planOf({ f: schema }, options))[0];
}

describe('the column of a new field', () => {
  test.each<[string, JsonSchema | true, string]>([
    ['text', { type: ['null', 'string'] }, 'f STRING'],
    ['text with a format that BigQuery has no type for', { type: 'string', format: 'email' }, 'f STRING'],
    ['a date-time', { type: ['string', 'null'], format: 'date-time' }, 'f TIMESTAMP'],
    ['a date', { type: 'string', format: 'date' }, 'f DATE'],
    ['a time, which has an offset', { type: 'string', format: 'time' }, 'f STRING'],
    ['an integer', { type: ['null', 'integer'] }, 'f INTEGER'],
    ['an integer of 64 bits', { type: 'integer', minimum: -(2 ** 63), maximum: 2 ** 63 }, 'f INTEGER'],
    ['an integer beyond 64 bits', { type: 'integer', maximum: 1e20 }, 'f BIGNUMERIC'],
    ['a number', { type: 'number' }, 'f BIGNUMERIC'],
    ['integer or number', { type: ['integer', 'number', 'null'] }, 'f BIGNUMERIC'],
    [
      'a number of 9 decimals',
      { type: 'number', multipleOf: 1e-9, minimum: -1e28, maximum: 1e28 },
      'f NUMERIC',
    ],
    ['one of 10', { type: 'number', multipleOf: 1e-10, minimum: 0, maximum: 1 }, 'f BIGNUMERIC'],
    ['one without bounds', { type: 'number', multipleOf: 0.01 }, 'f BIGNUMERIC'],
    ['one of 30 digits', { type: 'number', multipleOf: 1, minimum: 0, maximum: 1e29 }, 'f BIGNUMERIC'],
    ['a boolean', { type: 'boolean' }, 'f BOOLEAN'],
    ['anything', {}, 'f JSON'],
    ['anything, shortly', true, 'f JSON'],
    ['several types', { type: ['string', 'integer'] }, 'f JSON'],
    ['a union with null', { anyOf: [{ type: 'null' }, { type: 'integer' }] }, 'f INTEGER'],
    ['a union of types', { oneOf: [{ type: 'string' }, { type: 'integer' }] }, 'f JSON'],
    [
      'dates and other text',
      { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'string' }] },
      'f STRING',
    ],
    ['parts put together', { allOf: [{ type: 'string' }, { format: 'date' }] }, 'f DATE'],
    ['listed values', { enum: ['a', null] }, 'f STRING'],
    ['an object', { type: 'object', properties: { a: { type: 'integer' } } }, 'f{a INTEGER}'],
    ['an object without properties', { type: 'object' }, 'f JSON'],
    ['a map', { type: 'object', additionalProperties: { type: 'string' } }, 'f JSON'],
    ['an object of nulls', { type: 'object', properties: { a: { type: 'null' } } }, 'f JSON'],
    ['a list', { type: 'array', items: { type: ['null', 'string'] } }, 'f STRING[]'],
    [
      'a list of objects',
      { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
      'f{a STRING}[]',
    ],
    ['a list of lists', { type: 'array', items: { type: 'array', items: { type: 'string' } } }, 'f JSON'],
    ['a list of anything', { type: 'array' }, 'f JSON'],
    ['a list of several types', { type: 'array', items: { type: ['string', 'integer'] } }, 'f JSON'],
    [
      'a list given item by item',
      { type: 'array', items: [{ type: 'integer' }, { type: 'integer' }] },
      'f INTEGER[]',
    ],
    [
      'a tuple of one type (draft 2020-12)',
      { prefixItems: [{ type: 'integer' }, { type: 'integer' }], items: false },
      'f INTEGER[]',
    ],
    [
      'a tuple of several types',
      { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false },
      'f JSON',
    ],
    [
      'a tuple with items of another type after it',
      { type: 'array', prefixItems: [{ type: 'integer' }], items: { type: 'string' } },
      'f JSON',
    ],
    [
      'objects put together',
      {
        allOf: [
          {
            type: 'object',
            properties: { a: { type: 'integer' }, b: { properties: { x: { type: 'string' } } } },
          },
          { properties: { c: { type: 'string' }, b: { properties: { y: { type: 'boolean' } } } } },
        ],
      },
      'f{a INTEGER, b{x STRING, y BOOLEAN}, c STRING}',
    ],
    ['a plain-name reference', { $ref: '#t' }, 'f JSON'],
    ['a reference to another document', { $ref: 'https://example.com/schema#/a' }, 'f JSON'],
    ['a reference that is no URI', { $ref: '#/definitions/%' }, 'f JSON'],
  ])('fits %s', (_, schema, expected) => {
    expect(columnFor(schema)).toBe(expected);
  });

  test('does not exist when the field is always null', () => {
    expect(columnFor({ type: 'null' })).toBeUndefined();
  });

  test.each<[string, JsonSchema, string]>([
    ['scalars', { type: 'string' }, 'f{value STRING}[]'],
    ['objects', { type: 'object', properties: { a: { type: 'string' } } }, 'f{value{a STRING}}[]'],
    ['lists', { type: 'array', items: { type: 'string' } }, 'f{value{value STRING}[]}[]'],
    ['anything', {}, 'f{value JSON}[]'],
  ])("is Stitch's for a list of %s, when the setting asks for it", (_, items, expected) => {
    expect(columnFor({ type: 'array', items }, { wrapping: true })).toBe(expected);
  });

  test('follows references within the schema', () => {
    const keywords = {
      definitions: { money: { type: 'object', properties: { amount: { type: 'number' } } } },
    };
    expect(columnFor({ $ref: '#/definitions/money' }, { keywords })).toBe('f{amount BIGNUMERIC}');
  });

  test('has the fields of a reference, of its siblings and of all other parts', () => {
    const money = { type: 'object', properties: { amount: { type: 'number' } } };
    const keywords = { definitions: { money } };
    const vat = { properties: { vat: { type: 'integer' } } };
    const ref = { $ref: '#/definitions/money' };
    const merged = 'f{amount BIGNUMERIC, vat INTEGER}';
    expect(columnFor({ allOf: [ref, vat] }, { keywords })).toBe(merged);
    expect(columnFor({ allOf: [ref, ref, vat] }, { keywords })).toBe(merged);
    expect(columnFor({ ...ref, ...vat }, { keywords })).toBe(merged);
    expect(columnFor({ anyOf: [{ type: 'null' }, { allOf: [ref, vat] }] }, { keywords })).toBe(merged);
  });

  test('is found in time when 40 definitions each refer to the next one twice', () => {
    const twice = (next: number) => ({ allOf: [{ $ref: `#/$defs/${next}` }, { $ref: `#/$defs/${next}` }] });
    const definitions = Array.from({ length: 40 }, (_, index) => [String(index), twice(index + 1)]);
    const last = { type: 'object', properties: { a: { type: 'integer' } } };
    const keywords = { $defs: { ...Object.fromEntries(definitions), 40: last } };
    expect(columnFor({ $ref: '#/$defs/0' }, { keywords })).toBe('f{a INTEGER}');
  });

  test('is JSON when a reference leads back to itself', () => {
    const node = {
      type: 'object',
      properties: { id: { type: 'integer' }, parent: { $ref: '#/definitions/node' } },
    };
    expect(columnFor({ $ref: '#/definitions/node' }, { keywords: { definitions: { node } } })).toBe(
      'f{id INTEGER, parent JSON}',
    );
  });

  test('is a RECORD up to 15 levels deep, and JSON on the 16th level', () => {
    let schema: JsonSchema = { type: 'string' };
    for (let level = 0; level < 16; level += 1) schema = { type: 'object', properties: { f: schema } };
    expect(columnFor(schema)).toBe(`${'f{'.repeat(15)}f JSON${'}'.repeat(15)}`);
  });

  test('has the description of the schema, cut to 1024 characters', () => {
    const [field] = planOf({ f: { type: 'string', description: 'é'.repeat(2000) } }).fields;
    expect(field?.description).toBe('é'.repeat(1024));
  });

  test('is NULLABLE even when the schema requires the field, since a sender may drop it tomorrow', () => {
    expect(planOf({ f: { type: 'string' } }, { keywords: { required: ['f'] } }).fields[0]?.mode).toBe(
      'NULLABLE',
    );
  });
});

describe('_sdc_extra', () => {
  const has = (plan: ReturnType<typeof planOf>) => plan.fields.some(({ name }) => name === '_sdc_extra');

  test('is the last column of every table', () => {
    expect(planOf({ id: { type: 'integer' } }).fields.at(-1)).toMatchObject({
      name: '_sdc_extra',
      type: 'JSON',
      mode: 'NULLABLE',
    });
  });

  test('exists even when the schema allows no other fields, since a value may not fit its column', () => {
    const closed = planOf({ id: { type: 'integer' } }, { keywords: { additionalProperties: false } });
    expect(encoded(closed, '{"id":99999999999999999999}')).toBe(
      '{"_sdc_extra":{"id":"99999999999999999999"}}',
    );
  });

  test('is not a column of _sdc_rejected', () => {
    expect(has(planOf({ reason: { type: 'string' } }, { tableName: '_sdc_rejected' }))).toBe(false);
  });
});

describe('a table of 10,000 columns', () => {
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`f${n}`, { type: 'string' }]));

  test('has system columns and keys before all others', () => {
    const plan = planOf(
      { ...many, id: { type: 'integer' }, _sdc_position: { type: 'integer' } },
      { keyProperties: ['id'] },
    );
    expect(plan.fields).toHaveLength(10_000);
    expect(plan.fields.slice(-4).map(({ name }) => name)).toEqual([
      'f9996',
      'id',
      '_sdc_position',
      '_sdc_extra',
    ]);
    expect(plan.problems).toEqual([]);
  });

  test('counts the fields of RECORDs', () => {
    const plan = planOf({ a: { type: 'object', properties: many }, b: { type: 'string' } });
    expect(plan.fields.map(({ name }) => name)).toEqual(['a', '_sdc_extra']);
    expect(plan.fields[0]?.fields).toHaveLength(9998);
  });

  test('names the columns that it needs and has no room for', () => {
    const existing = Object.keys(many)
      .slice(0, 9_999)
      .map((name) => ({ name, type: 'STRING', mode: 'NULLABLE' }) as const);
    expect(planOf({ _sdc_position: { type: 'integer' } }, { existing }).problems).toEqual([
      'There is no room for column `_sdc_extra`: a table has at most 10000 columns.',
    ]);
  });
});
