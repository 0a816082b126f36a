import type { JsonSchema } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] as const;

const name = fc.constantFrom('a', 'b', 'c', 'a/b', 'x~y', 'toString', '😀', "it's");
const text = fc.constantFrom('', 'a', 'ab', 'abc', '😀', '😀😀a');
const number = fc.constantFrom(-2, -1, 0, -0, 0.5, 1, 1.5, 2, 3);
/** `JSON.parse` makes infinity of `1e400`. In a schema such numbers are no rules, since a double cannot decide them. */
const huge = fc.constantFrom(2 ** 53, 1e300, Number.POSITIVE_INFINITY);
const scalar = fc.oneof(fc.constantFrom(null, true, false), text, number);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    huge,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const limit = fc.integer({ min: -1, max: 3 });
const count = fc.integer({ min: 0, max: 3 });
const types = fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 4 });
type Arbitraries = { readonly [keyword: string]: fc.Arbitrary<unknown> };

/** Random schemas of the plain keywords and of those that `more` returns. */
function schemasWith(
  more: (schema: fc.Arbitrary<unknown>) => Arbitraries,
): fc.Arbitrary<JsonSchema | boolean> {
  const { schema } = fc.letrec<{ schema: JsonSchema | boolean }>((tie) => {
    const inner = tie('schema');
    const keywords: Arbitraries = {
      type: fc.oneof(types, fc.constantFrom(...TYPES)),
      enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 4 }),
      const: scalar,
      ...{ minimum: limit, maximum: limit, exclusiveMinimum: limit, exclusiveMaximum: limit },
      ...{ minLength: count, maxLength: count, minItems: count, maxItems: count },
      ...{ minProperties: count, maxProperties: count },
      required: fc.uniqueArray(name, { maxLength: 2 }),
      properties: fc.dictionary(name, inner, { maxKeys: 4 }),
      ...{ additionalProperties: inner, items: inner, anyOf: someOf(inner), allOf: someOf(inner) },
      description: text,
      ...more(inner),
    };
    // few keywords at a time, or hardly any value would fit
    const few = fc
      .uniqueArray(fc.constantFrom(...Object.keys(keywords)), { maxLength: 3 })
      .chain((names) =>
        fc.record(Object.fromEntries(names.map((one) => [one, keywords[one] as fc.Arbitrary<unknown>]))),
      )
      .map(requiringOnlyProperties);
    return { schema: fc.oneof({ maxDepth: 4 }, fc.boolean(), few, few, few) };
  });
  return schema;
}

/** Names that `properties` lacks are not required (schema-drafts.test.ts), but ajv would require them. */
function requiringOnlyProperties(schema: JsonSchema): JsonSchema {
  const { required, properties } = schema;
  if (!Array.isArray(required) || properties === undefined) return schema;
  return { ...schema, required: required.filter((one) => Object.hasOwn(properties as object, one)) };
}

function someOf(schema: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.array(schema, { minLength: 1, maxLength: 3 });
}

/** Returns the sentences for all problems that ajv sees. */
function problemsByAjv(schema: JsonSchema, value: unknown): string[] {
  const ajv = new Ajv({
    ...{ strict: false, strictNumbers: false, validateFormats: false, validateSchema: false },
    ...{ ownProperties: true, allErrors: true, logger: false },
  });
  const validate = ajv.compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || 'the record'} ${message}`,
  );
}

/** Runs a property and asserts that neither the values that fit nor those that do not are rare. */
function forAll(
  schemas: fc.Arbitrary<JsonSchema>,
  agrees: (schema: JsonSchema, data: unknown) => boolean,
): void {
  let fitting = 0;
  const runs = 300;
  const property = fc.property(schemas, value, (schema, data) => {
    if (agrees(schema, data)) fitting += 1;
  });
  fc.assert(property, { seed: Number(process.env.CHECK_SEED ?? 20_261_130), numRuns: runs });
  expect(fitting).toBeGreaterThan(runs / 10);
  expect(fitting).toBeLessThan((runs * 9) / 10);
}

test('the check of plain schemas agrees with ajv about every schema and value', () => {
  const plain = schemasWith((schema) => ({ oneOf: someOf(schema) }));
  forAll(
    plain.map((schema) => ({ allOf: [schema] })),
    (schema, data) => {
      const expected = problemsByAjv(schema, data);
      const said = compileSchema(schema).check(data);
      if (expected.length === 0) expect(said).toBeUndefined();
      else expect(expected).toContain(said);
      return said === undefined;
    },
  );
}, 60_000);

test('the check of schemas that refer to their parts agrees with ajv', () => {
  const references = [
    '#',
    '#/definitions/a~1b',
    '#/definitions/%F0%9F%98%80',
    '#/definitions/c/items',
    '#/allOf/0',
  ];
  const referring = schemasWith(() => ({ $ref: fc.constantFrom(...references) }));
  const schemas = fc.tuple(referring, referring, referring, referring).map(([first, a, smile, items]) => ({
    definitions: { 'a/b': a, '😀': smile, c: { items } },
    allOf: [first],
  }));
  forAll(schemas, (schema, data) => {
    let expected: string[];
    let said: string | undefined;
    try {
      expected = problemsByAjv(schema, data);
      said = compileSchema(schema).check(data);
    } catch (cause) {
      // it refers to itself in a circle
      expect(cause).toBeInstanceOf(RangeError);
      return true;
    }
    if (expected.length === 0) expect(said).toBeUndefined();
    else expect(expected).toContain(said);
    return said === undefined;
  });
}, 60_000);

test('the check of schemas with parts that only ajv checks agrees with ajv', () => {
  const mixed = schemasWith((schema) => ({
    ...{ not: schema, contains: schema, propertyNames: schema, if: schema, else: schema },
    uniqueItems: fc.boolean(),
    pattern: fc.constantFrom('^a', 'b$'),
    patternProperties: fc.dictionary(fc.constantFrom('^a', 'b'), schema, { maxKeys: 2 }),
    dependencies: fc.dictionary(name, schema, { maxKeys: 2 }),
    enum: fc.uniqueArray(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), {
      minLength: 1,
      maxLength: 3,
    }),
  }));
  forAll(
    mixed.map((schema) => ({ allOf: [schema] })),
    (schema, data) => {
      const fits = compileSchema(schema).check(data) === undefined;
      try {
        expect(fits).toBe(problemsByAjv(schema, data).length === 0);
      } catch (cause) {
        // where it compares values, ajv calls a member that is named toString
        if (!(cause instanceof TypeError)) throw cause;
      }
      return fits;
    },
  );
}, 60_000);

test('a schema of 12,000 properties is prepared and checked at once, whether or not it is nested', () => {
  const wide = (properties: number, more: object = {}) => ({
    type: 'object',
    properties: Object.fromEntries(
      Array.from({ length: properties }, (_, index) => [`c${index}`, { type: ['null', 'string'] }]),
    ),
    ...more,
  });
  const flat = compileSchema(wide(12_000));
  expect(flat.check({ c0: 'a', c11999: 'b' })).toBeUndefined();
  expect(flat.check({ c11999: 5 })).toBe('/c11999 must be null,string');
  const outer = wide(6_000);
  const nested = compileSchema({ ...outer, properties: { ...outer.properties, o: wide(6_000) } });
  expect(nested.check({ c5999: 'a', o: { c5999: 'b' } })).toBeUndefined();
  expect(nested.check({ o: { c5999: 5 } })).toBe('/o/c5999 must be null,string');
});

test('100 levels of objects and arrays, each with 100 properties, are checked down to the last one', () => {
  const columns = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`c${index}`, { type: 'integer' }]),
  );
  let schema: JsonSchema = { type: 'object', properties: { c0: { type: 'integer' } } };
  let fits: unknown = { c0: 1 };
  let misfits: unknown = { c0: 'x' };
  for (let level = 0; level < 100; level += 1) {
    schema = { type: 'object', properties: { ...columns, down: { type: 'array', items: schema } } };
    fits = { c99: 1, down: [fits] };
    misfits = { c99: 1, down: [misfits] };
  }
  const { check } = compileSchema(schema);

  expect(check(fits)).toBeUndefined();
  expect(check(misfits)).toBe(`${'/down/0'.repeat(100)}/c0 must be integer`);
});

test('names with half a surrogate pair are checked like any other, all 2048 of them', () => {
  const halves = Array.from({ length: 2048 }, (_, index) => String.fromCharCode(0xd800 + index));
  const { check } = compileSchema({
    properties: Object.fromEntries(halves.map((half) => [half, { type: 'integer' }])),
    required: ['\udfff'],
  });
  for (const half of halves) {
    expect(check({ '\udfff': 1, [half]: 1 })).toBeUndefined();
    expect(check({ '\udfff': 1, [half]: 'x' })).toBe(`/${half} must be integer`);
  }
});

test('the cost of a check depends on the record, not on the number of properties', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 12_000 }, (_, index) => [`c${index}`, { type: 'integer' }]),
  );
  let reads = 0;
  const { check } = compileSchema({ properties });
  const record = new Proxy({ c11999: 1 } as Record<string, unknown>, {
    get: (target, key) => {
      reads += 1;
      return Reflect.get(target, key);
    },
  });

  expect(check(record)).toBeUndefined();
  expect(reads).toBe(1);
});
