import { compileSchema } from '@tap-webhooks/singer/validate';
import { expect, test } from 'vitest';

const both = (schema: object, value: unknown) => {
  const { check, checkLoosely } = compileSchema({ ...schema });
  return [check(value), checkLoosely(value)].map((sentence) => sentence === undefined);
};

test('multipleOf is not checked: a double cannot decide it', () => {
  expect(both({ multipleOf: 0.01 }, 0.07)).toEqual([true, true]);
  expect(both({ multipleOf: 1e-15 }, 12.345)).toEqual([true, true]);
  expect(both({ multipleOf: 0 }, 1)).toEqual([true, true]);
});

test('limits within 2^53 are checked, but not loosely', () => {
  expect(both({ minimum: 0, maximum: 100 }, 101)).toEqual([false, true]);
  expect(both({ maximum: Number.MAX_SAFE_INTEGER }, 2 ** 53)).toEqual([false, true]);
});

test('limits beyond 2^53 are not checked: the limit itself was rounded', () => {
  expect(both(JSON.parse('{"maximum":9223372036854775807}'), 1e300)).toEqual([true, true]);
  expect(both(JSON.parse('{"minimum":-9223372036854775808,"exclusiveMinimum":true}'), -1e300)).toEqual([
    true,
    true,
  ]);
});

test('an enum or const with a number beyond 2^53 is not checked', () => {
  expect(both(JSON.parse('{"enum":[12345678901234567890,"x"]}'), 'y')).toEqual([true, true]);
  expect(both(JSON.parse('{"const":{"a":[12345678901234567890]}}'), 'y')).toEqual([true, true]);
});

test('an enum of small numbers is checked, but not loosely; an enum of texts is always checked', () => {
  expect(both({ enum: [1, 2.5] }, 3)).toEqual([false, true]);
  expect(both({ enum: ['a', null] }, 'b')).toEqual([false, false]);
});

test('1e400 is a number and an integer', () => {
  const huge = JSON.parse('1e400');
  expect(both({ type: 'number' }, huge)).toEqual([true, true]);
  expect(both({ type: 'integer' }, huge)).toEqual([true, true]);
});

test('a loose check takes a fraction as an integer, since rounding may have made it', () => {
  expect(both({ type: ['null', 'integer'] }, 0.5)).toEqual([false, true]);
  expect(both({ type: 'integer' }, 'x')).toEqual([false, false]);
});

test('a loose check does not refuse a number for being both integer and number', () => {
  const { check, checkLoosely } = compileSchema({ oneOf: [{ type: 'integer' }, { type: 'string' }] });
  expect([check(1), checkLoosely(1), checkLoosely('x')]).toEqual([undefined, undefined, undefined]);
  expect(checkLoosely(null)).toBe('the record must match a schema in anyOf');
  expect(both({ not: { type: 'integer' } }, 1.5)).toEqual([true, true]);
});

test('a loose check still checks values that are not numbers', () => {
  const schema = { properties: { a: { type: 'string', maxLength: 2 } }, required: ['a'] };
  expect(both(schema, { a: 'abc' })).toEqual([false, false]);
  expect(both(schema, {})).toEqual([false, false]);
});
