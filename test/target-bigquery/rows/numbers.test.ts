import { describe, expect, test } from 'vitest';
import { column, encoded, planOf } from '../columns/plan.js';

const integers = planOf({ n: { type: 'integer' } });
const decimals = planOf({ n: { type: 'number' } });
const anything = planOf({ n: {} });
const numeric = planOf({ n: { type: 'integer' } }, { existing: [column('n', 'NUMERIC')] });
const double = planOf({ n: { type: 'integer' } }, { existing: [column('n', 'FLOAT')] });

/** What the row holds for a number `n`, without the braces. */
const loaded = (plan: typeof integers, number: string) => encoded(plan, `{"n":${number}}`).slice(1, -1);

describe('an INTEGER column', () => {
  test.each([
    ['0', '"n":0'],
    ['-5', '"n":-5'],
    ['123456789012345', '"n":123456789012345'],
    ['9007199254740991', '"n":9007199254740991'],
    ['9007199254740992', '"n":"9007199254740992"'],
    ['-9007199254740991', '"n":-9007199254740991'],
    ['-9007199254740992', '"n":"-9007199254740992"'],
    ['9223372036854775807', '"n":"9223372036854775807"'],
    ['-9223372036854775808', '"n":"-9223372036854775808"'],
    ['1.0', '"n":1'],
    ['1e3', '"n":1000'],
    ['12.50E1', '"n":125'],
    ['9223372036854775807.0', '"n":"9223372036854775807"'],
    ['-0', '"n":0'],
    ['0e99999', '"n":0'],
  ])('holds %s unaltered', (number, expected) => {
    expect(loaded(integers, number)).toBe(expected);
  });

  test.each(['9223372036854775808', '-9223372036854775809', '1.5', '1e19', '1e999999999', '1e-1'])(
    'no %s: the row lands, and it is in _sdc_extra',
    (number) => {
      expect(loaded(integers, number)).toMatch(/^"_sdc_extra":\{"n":"?-?[0-9.e-]+"?\}$/);
      expect(loaded(integers, number)).toContain(number);
    },
  );
});

describe('a BIGNUMERIC column', () => {
  const largest = '578960446186580977117854925043439539266.34992332820282019728792003956564819967';
  test.each([
    ['1', '"n":"1"'],
    ['1.10', '"n":"1.10"'],
    ['-12345678901234567890.123456789', '"n":"-12345678901234567890.123456789"'],
    [
      '123456789012345678901234567890.12345678901234567890',
      '"n":"123456789012345678901234567890.1234567890123456789"',
    ],
    ['1e3', '"n":"1000"'],
    ['1.5E-10', '"n":"0.00000000015"'],
    ['1e-38', `"n":"0.${'0'.repeat(37)}1"`],
    ['-0.0', '"n":"-0.0"'],
    [largest, `"n":"${largest}"`],
    [`-${largest}`, `"n":"-${largest}"`],
    [`-${largest.slice(0, -1)}8`, `"n":"-${largest.slice(0, -1)}8"`],
  ])('holds %s digit for digit', (number, expected) => {
    expect(loaded(decimals, number)).toBe(expected);
  });

  test.each([
    '1e-39',
    '1e39',
    `${largest.slice(0, -1)}8`,
    `-${largest.slice(0, -1)}9`,
    '1e400',
    '1e-999999999',
  ])('does not hold %s', (number) => {
    expect(loaded(decimals, number)).toMatch(/^"_sdc_extra":\{"n":/);
  });
});

test('a NUMERIC column holds 29 digits before the point and 9 after it', () => {
  const most = `${'9'.repeat(29)}.${'9'.repeat(9)}`;
  expect(loaded(numeric, most)).toBe(`"n":"${most}"`);
  expect(loaded(numeric, '0.1234567891')).toBe('"_sdc_extra":{"n":0.1234567891}');
  expect(loaded(numeric, '1e29')).toBe('"_sdc_extra":{"n":1e29}');
});

test('a FLOAT column holds what a double prints again; other numbers go to its split column', () => {
  expect(loaded(double, '0.1')).toBe('"n":0.1');
  expect(loaded(double, '1.7976931348623157e308')).toBe('"n":1.7976931348623157e308');
  expect(loaded(double, '9007199254740993')).toBe('"n__it":"9007199254740993"');
  expect(loaded(double, '1e400')).toBe('"_sdc_extra":{"n":"1e400"}');
});

describe('a JSON column', () => {
  test.each([
    ['{"a":[1,-2.5e3,true,null,"x"]}', '{"a":[1,-2.5e3,true,null,"x"]}'],
    ['[9007199254740992]', '[9007199254740992]'],
    ['[9007199254740993,0.1]', '[9007199254740993,0.1]'],
    ['[9223372036854775807,-9223372036854775808]', '[9223372036854775807,-9223372036854775808]'],
    ['[9223372036854775808,-9223372036854775809]', '["9223372036854775808","-9223372036854775809"]'],
    ['1e400', '"1e400"'],
    ['0.1234567890123456789', '"0.1234567890123456789"'],
    ['1e-400', '"1e-400"'],
    ['"12345678901234567890"', '"12345678901234567890"'],
  ])('holds numbers as text that neither 64 bits nor a double hold: %s', (value, expected) => {
    expect(loaded(anything, value)).toBe(`"n":${expected}`);
  });
});

test('a number beyond 64 bits goes to the split column for text, where there is one, by its digits', () => {
  const existing = [column('n', 'INTEGER'), column('n__st', 'STRING')];
  const plan = planOf({ n: { type: 'integer' } }, { existing });
  expect(loaded(plan, '99999999999999999999')).toBe('"n__st":"99999999999999999999"');
  expect(loaded(plan, '1e400')).toBe('"n__st":"1e400"');
  expect(loaded(plan, '1.5')).toBe('"_sdc_extra":{"n":1.5}');
});

test('a text column takes no number', () => {
  const plan = planOf({ n: { type: 'string' } });
  expect(loaded(plan, '5')).toBe('"_sdc_extra":{"n":5}');
});

test('a number column takes no text', () => {
  expect(loaded(decimals, '"NaN"')).toBe('"_sdc_extra":{"n":"NaN"}');
});
