import type { JsonSchema } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { expect, test } from 'vitest';

const of = (property: unknown): JsonSchema => ({ type: 'object', properties: { a: property } });
const check = (schema: JsonSchema, value: unknown) => compileSchema(schema).check(value);
const fits = (property: unknown, a: unknown) => check(of(property), { a }) === undefined;

test('exclusiveMinimum and exclusiveMaximum may be booleans, as in draft 4', () => {
  const property = { type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: true };
  expect([1, 1.5, 9].map((a) => fits(property, a))).toEqual([false, true, false]);
  expect(fits({ minimum: 1, exclusiveMinimum: false }, 1)).toBe(true);
});

test('exclusiveMinimum may be a number, as in draft 6 and later', () => {
  expect([1, 2].map((a) => fits({ exclusiveMinimum: 1 }, a))).toEqual([false, true]);
});

test('null may be allowed by a list of types, by anyOf or by oneOf', () => {
  for (const property of [
    { type: ['null', 'integer'] },
    { anyOf: [{ type: 'null' }, { type: 'integer' }] },
    { oneOf: [{ type: 'integer' }, { type: 'null' }] },
  ]) {
    expect([null, 1, 'x'].map((a) => fits(property, a))).toEqual([true, true, false]);
  }
});

test('a $ref to definitions is followed', () => {
  const schema = {
    definitions: { count: { type: 'integer', minimum: 0, exclusiveMinimum: true } },
    properties: { a: { $ref: '#/definitions/count' } },
  };
  expect(check(schema, { a: 1 })).toBeUndefined();
  expect(check(schema, { a: 0 })).toBe('/a must be > 0');
});

test('a $ref without a target makes the schema unusable', () => {
  expect(() => compileSchema(of({ $ref: '#/definitions/none' }))).toThrow(
    expect.objectContaining({ code: 'schema_unusable', exitCode: 2 }),
  );
});

test('a changed schema may come again with the same $id', () => {
  const $id = 'https://example.com/users';
  expect(check({ $id, properties: { a: { type: 'string' } } }, { a: 1 })).toBe('/a must be string');
  expect(check({ $id, properties: { a: { type: 'integer' } } }, { a: 1 })).toBeUndefined();
});

test('a $schema of a draft that ajv does not know is ignored', () => {
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  expect(check({ $schema, type: 'object' }, [])).toBe('the record must be object');
});

test.each([
  ['an unknown type', { type: 'any' }],
  ['an unknown type among known ones', { type: ['string', 'timestamp'] }],
  ['an empty list of types', { type: [] }],
  ['a type that is null', { type: null }],
  ['required as a boolean, as in draft 3', { type: 'integer', required: true }],
  ['an empty enum', { enum: [] }],
  ['an empty anyOf', { anyOf: [] }],
  ['null in place of a schema', { items: null, additionalProperties: null }],
  ['a property that is not a schema', { properties: { b: null }, additionalProperties: false }],
  ['lengths that are not numbers', { maxLength: '5', minLength: null }],
  ['limits that are not numbers', { minimum: '5', maximum: null }],
  ['formats that are not met', { format: 'date-time' }],
  ['keywords nobody knows', { 'x-airbyte': true, propertyOrder: 3, inclusion: 'available', selected: true }],
  ['OpenAPI leftovers', { nullable: true, discriminator: { propertyName: 'kind' }, example: 1 }],
  ["ajv's own switch for promises", { $async: true }],
])('a schema with %s stops nothing', (_name, property) => {
  expect(fits(property, 1)).toBe(true);
  expect(compileSchema({ ...(property as JsonSchema) }).check(1)).toBeUndefined();
});

test('formats are not checked, as in the Singer SDK', () => {
  expect(fits({ type: 'string', format: 'date-time' }, 'yesterday')).toBe(true);
});

test('patterns that only Python knows are left out, and others are checked', () => {
  expect(fits({ pattern: '(?P<year>\\d{4})\\Z' }, 'x')).toBe(true);
  expect(fits({ pattern: '^\\d{4}$' }, 'x')).toBe(false);
});

test('a Python-only name in patternProperties takes additionalProperties with it', () => {
  const schema = { patternProperties: { '(?P<x>a)': { type: 'string' } }, additionalProperties: false };
  expect(check(schema, { a: 1 })).toBeUndefined();
  const usable = { patternProperties: { '^a': { type: 'string' } }, additionalProperties: false };
  expect(check(usable, { b: 1 })).toBe('the record must NOT have additional properties');
});

test('a rule that is left out inside not, if or oneOf lets more records fit, never fewer', () => {
  expect(fits({ not: { multipleOf: 2 } }, 3)).toBe(true);
  expect(fits({ if: { multipleOf: 2 }, else: { type: 'string' } }, 3)).toBe(true);
  const scales = {
    oneOf: [
      { type: 'number', multipleOf: 2 },
      { type: 'number', multipleOf: 3 },
    ],
  };
  expect([3, 'x'].map((a) => fits(scales, a))).toEqual([true, false]);
  expect(fits({ not: { type: 'string' } }, 'x')).toBe(false);
  expect(fits({ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 1)).toBe(false);
});

test('dependencies may be lists of names or schemas', () => {
  const schema = { dependencies: { a: ['b'], c: { required: ['d'] } } };
  expect(check(schema, { a: 1 })).toContain('b');
  expect(check(schema, { c: 1 })).toContain('d');
  expect(check(schema, { a: 1, b: 1, c: 1, d: 1 })).toBeUndefined();
});

test('required names that `properties` lacks are left out, at every level', () => {
  const inner = { properties: { b: {} }, required: ['b', 'gone'] };
  const schema = { properties: { a: inner }, required: ['a', 'deselected'] };
  expect(check(schema, { a: { b: 1 } })).toBeUndefined();
  expect(check(schema, { a: {} })).toBe("/a must have required property 'b'");
  expect(check(schema, {})).toBe("the record must have required property 'a'");
  expect(check({ anyOf: [{ required: ['x'] }, { required: ['y'] }] }, {})).toBeDefined();
  expect(check({ not: { properties: { a: {} }, required: ['a', 'gone'] } }, { a: 1 })).toBeUndefined();
});

test('prefixItems and items are the rules of draft 2020-12', () => {
  const property = { prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false };
  expect([['x', 1], ['x'], ['x', 1, 2], [1]].map((a) => fits(property, a))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  const open = { prefixItems: [{ type: 'string' }], items: { type: 'integer' } };
  expect(
    [
      ['x', 1, 2],
      ['x', 'y'],
    ].map((a) => fits(open, a)),
  ).toEqual([true, false]);
  expect(fits({ prefixItems: [{ type: 'string' }] }, ['x', 1])).toBe(true);
});

test.each([
  ['maxLength', -1, 'x'],
  ['maxLength', 2.5, 'xxxx'],
  ['minLength', '3', ''],
  ['maxItems', -1, []],
  ['maxProperties', null, {}],
  ['minProperties', -1, {}],
  ['minimum', 'a', 1],
  ['maximum', [], 1],
  ['exclusiveMinimum', '5', 1],
  ['multipleOf', 0, 1],
  ['multipleOf', -1, 1],
  ['multipleOf', 'x', 1],
  ['pattern', 5, 'x'],
  ['enum', [], 1],
  ['enum', 'red', 'blue'],
  ['type', [], 1],
  ['required', 'x', {}],
  ['required', [1], {}],
  ['uniqueItems', 'yes', [1, 1]],
  ['properties', ['b'], { b: 1 }],
  ['additionalProperties', 'false', { b: 1 }],
  ['items', 'string', [1]],
  ['allOf', { type: 'string' }, 1],
  ['anyOf', [], 1],
  ['oneOf', {}, 1],
  ['not', 'string', 'x'],
  ['$ref', 5, 1],
  ['propertyNames', 5, { b: 1 }],
  ['contains', null, []],
  ['patternProperties', [], { b: 1 }],
  ['dependencies', 'b', { b: 1 }],
])('the keyword %s with the value %j is no rule, and is said', (keyword, value, a) => {
  for (const beside of [{}, { not: { const: 'forbidden' } }]) {
    const { check, unchecked } = compileSchema(of({ ...beside, [keyword]: value }));
    expect(check({ a })).toBeUndefined();
    expect(unchecked).toEqual([
      `the keyword ${keyword} is not checked where JSON Schema does not allow its value, as for the column "a"`,
    ]);
  }
});

test('a keyword with a wrong value leaves the other rules in force', () => {
  expect(fits({ type: 'string', maxLength: -1 }, 5)).toBe(false);
  expect(fits({ maxLength: -1, minLength: 3 }, 'x')).toBe(false);
  expect(fits({ not: { type: 'string', maxLength: -1 } }, 'x')).toBe(true); // inside `not` the rest would be stricter
});

test('a keyword with wrong values in many places is said once, with the first column', () => {
  const b = { type: 'array', items: { properties: { c: { maxLength: -1 } } } };
  const { unchecked } = compileSchema({ properties: { b, d: { maxLength: -2 }, e: { minimum: 'x' } } });
  expect(unchecked).toEqual([
    'the keyword maxLength is not checked where JSON Schema does not allow its value, as for the column "b.c"',
    'the keyword minimum is not checked where JSON Schema does not allow its value, as for the column "e"',
  ]);
  expect(compileSchema({ properties: {}, required: 'x' }).unchecked).toEqual([
    'the keyword required is not checked where JSON Schema does not allow its value',
  ]);
});

test('what some draft allows is not called wrong', () => {
  for (const property of [
    { required: true },
    { exclusiveMinimum: true, minimum: 5 },
    { items: [] },
    { items: [{ type: 'string' }] },
    { type: 'array', items: true, uniqueItems: false },
    { maxLength: 3.0, minLength: 0 },
  ]) {
    expect(compileSchema(of(property)).unchecked).toEqual([]);
  }
});

test('minContains: 0 of draft 2019-09 takes the rule from contains', () => {
  expect(fits({ contains: { type: 'string' }, minContains: 0 }, [1])).toBe(true);
  expect(fits({ contains: { type: 'string' } }, [1])).toBe(false);
});

test('a rule of draft 2019-09 that is not checked lets more records fit inside not and oneOf, never fewer', () => {
  expect(fits({ not: { unevaluatedProperties: false } }, {})).toBe(true);
  expect(fits({ not: { dependentRequired: { a: ['b'] } } }, { a: 1 })).toBe(true);
  expect(fits({ oneOf: [{ type: 'object' }, { dependentRequired: { a: ['b'] } }] }, { a: 1 })).toBe(true);
  expect(fits({ not: { type: 'object', uniqueItems: false } }, {})).toBe(false); // `false` is no rule
});
