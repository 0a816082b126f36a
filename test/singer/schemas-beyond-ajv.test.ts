import { compileSchema } from '@tap-webhooks/singer/validate';
import { expect, test } from 'vitest';

const PART_UNCHECKED =
  'a part of the schema is not checked: it is too large, or a name in it has half a surrogate pair';

const columns = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`c${index}`, { type: ['null', 'string'] }]),
  );

test('a column that only ajv can check takes no other column away from the check of plain schemas', () => {
  const { check, unchecked } = compileSchema({
    type: 'object',
    properties: {
      ...columns(12_000),
      o: { properties: { list: { items: { uniqueItems: true } } } },
      p: { pattern: '^x' },
    },
  });

  expect(unchecked).toEqual([]);
  expect(check({ c11999: 'a', o: { list: [[1, 2]] }, p: 'x' })).toBeUndefined();
  expect(check({ c11999: 1 })).toBe('/c11999 must be null,string');
  expect(check({ p: 'y' })).toBe('/p must match pattern "^x"');
  expect(check({ o: { list: [[], [1, 1]] } })).toBe('/o/list/1 must NOT have duplicate items');
});

test('a part that is too large for ajv lets every value pass, and that is said', () => {
  const wide = { properties: columns(12_000), not: { required: ['c0'] } };
  const { check, checkLoosely, unchecked } = compileSchema({ properties: { wide, id: { type: 'integer' } } });

  expect(unchecked).toEqual([PART_UNCHECKED]);
  expect(check({ wide: { c1: 1 } })).toBeUndefined();
  expect(checkLoosely({ wide: { c1: 1 } })).toBeUndefined();
  expect(check({ id: 'x' })).toBe('/id must be integer');
});

test('half a surrogate pair in a name of such a part lets every value pass, and that is said', () => {
  const { check, unchecked } = compileSchema({
    properties: { o: { dependencies: { a: ['b'] }, properties: { '\udfff': { type: 'integer' } } } },
  });

  expect(unchecked).toEqual([PART_UNCHECKED]);
  expect(check({ o: { a: 1 } })).toBeUndefined();
});

test('a reference is followed in a schema of any size, wherever it leads', () => {
  const { check, unchecked } = compileSchema({
    definitions: Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`d${index}`, { items: { $ref: '#/definitions/d0' } }]),
    ),
    'x-parts': { id: { type: 'integer', minimum: 0, exclusiveMinimum: true } },
    properties: { a: { $ref: '#/x-parts/id' }, b: { items: { $ref: '#/properties/a' } }, c: { $ref: '#' } },
  });

  expect(unchecked).toEqual([]);
  expect(check({ a: 1, b: [1, 2], c: { c: { a: 1 } } })).toBeUndefined();
  expect(check({ b: [1, 'x'] })).toBe('/b/1 must be integer');
  expect(check({ c: { c: { a: 0 } } })).toBe('/c/c/a must be > 0');
});

test('a part that only ajv checks, and that refers to another, makes ajv check the whole', () => {
  const { check } = compileSchema({
    definitions: { id: { type: 'integer' } },
    properties: { a: { contains: { $ref: '#/definitions/id' } } },
  });

  expect(check({ a: ['x', 1] })).toBeUndefined();
  expect(check({ a: ['x'] })).toBe('/a must contain at least 1 valid item(s)');
});

test('a check that would take a time that doubles with each level ends', () => {
  const twice = { type: 'object', properties: { a: { $ref: '#' } }, required: ['b'] };
  const { check } = compileSchema({ anyOf: [twice, twice, { type: 'integer' }] });
  const value = JSON.parse(`${'{"b":1,"a":'.repeat(60)}"x"${'}'.repeat(60)}`);

  expect(() => check(value)).toThrow(RangeError);
}, 60_000);
