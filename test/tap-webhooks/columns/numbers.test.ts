import { describe, expect, it } from 'vitest';
import { numberType } from '../../../packages/tap-webhooks/dist/columns/values.js';
import { array, columns, nullable, object, rows } from './fitting.js';

const typeOf = (raw: string) => numberType(`[${raw}]`, 1, 1 + raw.length);
const nines = (count: number) => '9'.repeat(count);

describe('a number', () => {
  it.each([
    '0',
    '-0',
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '-999999999999999999',
  ])('is an integer when it is whole and fits 64 bits: %s', (raw) => expect(typeOf(raw)).toBe('integer'));

  it.each(['9223372036854775808', '-9223372036854775809', '18446744073709551616', nines(20), nines(38)])(
    'counts as text when it is whole and has more: %s',
    (raw) => expect(typeOf(raw)).toBe('string'),
  );

  it.each([
    '1.0',
    '1e5',
    '1E-5',
    `${nines(38)}.${nines(38)}`,
    `-${nines(38)}.0`,
    '1e37',
    '1e-38',
    '0.001e40',
    `1.${'0'.repeat(100)}`,
    '0e999999999999999999999',
    '-0.0e-400',
    `1${'0'.repeat(50)}e-50`,
  ])('is a number when it has at most 38 digits on either side of the point: %s', (raw) => {
    expect(typeOf(raw)).toBe('number');
  });

  it.each([
    '1e38',
    '1e400',
    '-1e-39',
    '1e-400',
    '1.5e-38',
    `${nines(39)}.5`,
    `0.${nines(39)}`,
    '1e999999999999999999999',
    '1e-999999999999999999999',
  ])('counts as text when it has more digits: %s', (raw) => expect(typeOf(raw)).toBe('string'));

  it('can be of any length', () => {
    expect(typeOf(`1.${'0'.repeat(5_000_000)}1`)).toBe('string');
    expect(typeOf('9'.repeat(5_000_000))).toBe('string');
  });
});

describe('an integer column', () => {
  it('becomes a number column with the first fraction', () => {
    expect(columns('{"a":1}', '{"a":1.5}')).toEqual({ a: nullable('number') });
    expect(rows('{"a":1}', '{"a":1.50}')).toEqual(['{"a":1}', '{"a":1.50}']);
  });

  it('becomes a number column inside objects, arrays and split columns', () => {
    expect(columns('{"a":{"b":1}}', '{"a":{"b":1.5}}')).toEqual({ a: object({ b: nullable('number') }) });
    expect(columns('{"a":[1]}', '{"a":[1,1.5]}')).toEqual({ a: array(nullable('number')) });
    expect(columns('{"a":[{"b":1}]}', '{"a":[{"b":1e0}]}')).toEqual({
      a: array(object({ b: nullable('number') })),
    });
    expect(columns('{"a":"x"}', '{"a":1}', '{"a":1.5}')).toEqual({
      a: nullable('string'),
      a__it: nullable('number'),
    });
  });

  it('is never made from a number column, which takes integers', () => {
    expect(columns('{"a":1.5}', '{"a":1}')).toEqual({ a: nullable('number') });
  });
});

describe('a number that no column holds', () => {
  it('is stored as the text of its digits', () => {
    expect(rows('{"a":1e400}', '{"a":12345678901234567890}')).toEqual([
      '{"a":"1e400"}',
      '{"a":"12345678901234567890"}',
    ]);
    expect(columns('{"a":1e400}')).toEqual({ a: nullable('string') });
  });

  it('is split from a column of numbers', () => {
    expect(rows('{"a":1}', '{"a":1e400}', '{"a":2.5}')).toEqual([
      '{"a":1}',
      '{"a__st":"1e400"}',
      '{"a":2.5}',
    ]);
    expect(columns('{"a":1.5}', '{"a":9223372036854775808}')).toEqual({
      a: nullable('number'),
      a__st: nullable('string'),
    });
  });

  it('fits a column of text', () => {
    expect(rows('{"a":"x"}', '{"a":-1e-400}')[1]).toBe('{"a":"-1e-400"}');
  });

  it('is stored as text in an array too', () => {
    expect(rows('{"a":[1e400,"x"]}')).toEqual(['{"a":["1e400","x"]}']);
    expect(columns('{"a":[1e400,"x"]}')).toEqual({ a: array(nullable('string')) });
  });

  it('is stored as it was sent where a column has no type', () => {
    expect(rows('{"a":[1,1e400]}')).toEqual(['{"a":[1,1e400]}']);
    expect(columns('{"a":[1,1e400]}')).toEqual({ a: array({}) });
  });
});
