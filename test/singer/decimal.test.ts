import {
  canonicalNumber,
  fitsDigits,
  holdsInDouble,
  int64,
  isDoubleInteger,
  isInt64,
  isNumber,
  isWhole,
  parseDecimal,
  plainText,
  scaled,
  scaleOf,
} from '@tap-webhooks/singer';
import { describe, expect, test } from 'vitest';

const nines = (count: number) => '9'.repeat(count);

describe('the digits of a number', () => {
  test.each([
    ['0', false, '', 0],
    ['-0', true, '', 0],
    ['0.00', false, '', 0],
    ['0e999999999999999999999', false, '', 0],
    ['1', false, '1', 1],
    ['-12.50', true, '125', 2],
    ['100', false, '1', 3],
    ['0.001', false, '1', -2],
    ['1e3', false, '1', 4],
    ['1.5E-10', false, '15', -9],
    ['1E+2', false, '1', 3],
    ['007', false, '7', 1],
  ])('are found in %s', (number, isNegative, digits, point) => {
    expect(parseDecimal(number)).toEqual({ isNegative, digits, point });
  });

  test('are read in proportion to their count', () => {
    const zeros = '0'.repeat(2_000_000);
    expect(parseDecimal(`1.${zeros}1`).digits.length).toBe(2_000_002);
    expect(parseDecimal(`1${zeros}.${zeros}`)).toEqual({ isNegative: false, digits: '1', point: 2_000_001 });
  });
});

test.each([
  ['-0', '0'],
  ['1.10', '1.1'],
  ['1e3', '1000'],
  ['-1.5E-10', '-0.00000000015'],
  ['12.50E1', '125'],
  ['100', '100'],
])('%s without an exponent is %s', (number, text) => {
  expect(plainText(parseDecimal(number))).toBe(text);
});

describe('the canonical text', () => {
  test.each([
    ['0', '0'],
    ['-0.0', '0'],
    ['0e5', '0'],
    ['1', '1e0'],
    ['1.0', '1e0'],
    ['10e-1', '1e0'],
    ['100', '1e2'],
    ['1.50', '15e-1'],
    ['-1.5E+3', '-15e2'],
    ['9007199254740993', '9007199254740993e0'],
  ])('of %s is %s', (number, text) => {
    expect(canonicalNumber(number)).toBe(text);
  });

  test('of a number with a very long exponent is the number as it is written', () => {
    expect(canonicalNumber('1.0e99999999999')).toBe('1e99999999999');
    expect(canonicalNumber('1.0e999999999999')).toBe('1e999999999999');
    expect(canonicalNumber('1.0e9999999999999')).toBe('1.0e9999999999999');
    expect(canonicalNumber('0e9999999999999')).toBe('0e9999999999999');
  });
});

describe('an integer of 64 bits', () => {
  test.each([
    ['0', 0n],
    ['-0', 0n],
    ['150', 150n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9223372036854775807', 9_223_372_036_854_775_807n],
    ['-9223372036854775808', -9_223_372_036_854_775_808n],
    ['1.0', 1n],
    ['1e3', 1000n],
    ['12.50E1', 125n],
    ['1e18', 1_000_000_000_000_000_000n],
    ['9223372036854775807.0', 9_223_372_036_854_775_807n],
    ['0e99999', 0n],
    ['0000000000000000000000000042', 42n],
  ])('is the value of %s', (number, value) => {
    expect(int64(number)).toBe(value);
  });

  test.each([
    '9223372036854775808',
    '-9223372036854775809',
    '9999999999999999999',
    '1.5',
    '0.99999999999999999999',
    '9007199254740991.4',
    '1e19',
    '1e999999999',
    '1e999999999999999999999',
    '1e-1',
    '1e-999999999999999999999',
  ])('is not %s', (number) => {
    expect(int64(number)).toBeUndefined();
  });

  test.each([
    ['0', true],
    ['-0', true],
    ['-999999999999999999', true],
    ['9223372036854775807', true],
    ['9223372036854775808', false],
    ['-9223372036854775808', true],
    ['-9223372036854775809', false],
    [nines(20), false],
    [nines(5_000_000), false],
  ])('is recognised within a text: %s', (number, expected) => {
    expect(isInt64(`[${number}]`, 1, 1 + number.length)).toBe(expected);
  });
});

test.each([
  ['0', true],
  ['1.0', true],
  ['1.5e1', true],
  ['1.5', false],
  ['1e-1', false],
  ['1e999999999999999999999', true],
])('%s is whole: %s', (number, expected) => {
  expect(isWhole(parseDecimal(number))).toBe(expected);
});

test.each([
  ['100', 0],
  ['0.01', 2],
  ['1.5e-7', 8],
  ['1.50', 1],
])('%s needs %i digits after the point', (number, scale) => {
  expect(scaleOf(parseDecimal(number))).toBe(scale);
});

describe('38 digits on either side of the point', () => {
  const fits = (number: string) => fitsDigits(parseDecimal(number), 38, 38);

  test.each([
    `${nines(38)}.${nines(38)}`,
    '1e37',
    '1e-38',
    '0.001e40',
    `1.${'0'.repeat(100)}`,
    `1${'0'.repeat(50)}e-50`,
    '-0.0e-400',
    '0e999999999999999999999',
  ])('hold %s', (number) => {
    expect(fits(number)).toBe(true);
  });

  test.each([
    '1e38',
    '-1e-39',
    '1.5e-38',
    `${nines(39)}.5`,
    `0.${nines(39)}`,
    '1e999999999999999999999',
    '1e-999999999999999999999',
    `1e${nines(400)}`,
  ])('do not hold %s', (number) => {
    expect(fits(number)).toBe(false);
  });
});

test('a number is scaled to an integer', () => {
  expect(scaled(parseDecimal('-1.25'), 4)).toBe(-12_500n);
  expect(scaled(parseDecimal('0'), 4)).toBe(0n);
  expect(scaled(parseDecimal('0.0001'), 4)).toBe(1n);
});

describe('a double', () => {
  // the number; whether the double prints the same number again; whether it is exactly that integer
  test.each([
    ['0.1', true, false],
    ['1.10', true, false],
    ['5', true, true],
    ['-0', true, true],
    ['0.30000000000000004', true, false],
    ['0.30000000000000001', false, false],
    ['9007199254740991', true, true],
    ['9007199254740992', true, true],
    ['9007199254740993', false, false],
    ['9223372036854775807', false, false],
    ['9223372036854775808', false, true],
    ['1152921504606846976', false, true], // 2^60, which JavaScript prints as 1152921504606847000
    ['1152921504606847000', true, false],
    ['1e22', true, true],
    ['1.7976931348623157e308', true, false],
    ['1e400', false, false],
    ['1e-400', false, false],
    [`0.${'0'.repeat(400)}1`, false, false],
    ['1.00000000000000000001', false, false],
    ['1.0000000000000000000', true, true],
    [`1${'0'.repeat(400)}`, false, false],
  ])('is compared exactly with %s', (number, holds, isInteger) => {
    expect(holdsInDouble(number)).toBe(holds);
    expect(isDoubleInteger(number)).toBe(isInteger);
  });
});

test.each(['0', '-1', '1.10', '1e5', '1.5E-3', '1e+7', '007'])('%s is a number', (text) => {
  expect(isNumber(text)).toBe(true);
});

test.each(['', '-', '+1', '.5', '1.', '1e', '1e+', 'NaN', 'Infinity', '0x1', ' 1', '1\n', '1_000', '١'])(
  '%j is not a number',
  (text) => {
    expect(isNumber(text)).toBe(false);
  },
);
