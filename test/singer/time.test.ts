import {
  clockAt,
  dateAt,
  epochDay,
  fractionEnd,
  type Instant,
  instantOf,
  isDateTime,
  readDateTime,
} from '@tap-webhooks/singer';
import { describe, expect, test } from 'vitest';

function instant(text: string): Instant | undefined {
  const time = readDateTime(text);
  return time && instantOf(time);
}

/** The examples of RFC 3339 §5.8 without its leap seconds. */
const EXAMPLES: ReadonlyArray<readonly [string, Instant]> = [
  ['1985-04-12T23:20:50.52Z', { seconds: 482_196_050, micros: 520_000 }],
  ['1996-12-19T16:39:57-08:00', { seconds: 851_042_397, micros: 0 }],
  ['1937-01-01T12:00:27.87+00:20', { seconds: -1_041_337_173, micros: 870_000 }],
];

describe('the calendar', () => {
  test.each([
    [1970, 1, 1, 0],
    [1970, 3, 1, 59],
    [1969, 12, 31, -1],
    [2000, 2, 29, 11_016],
    [2024, 2, 29, 19_782],
    [1, 1, 1, -719_162],
    [9999, 12, 31, 2_932_896],
  ])('has the day %i-%i-%i', (year, month, day, days) => {
    expect(epochDay(year, month, day)).toBe(days);
  });

  test.each([
    [0, 1, 1],
    [2026, 0, 1],
    [2026, 13, 1],
    [2026, 1, 0],
    [2026, 1, 32],
    [2026, 4, 31],
    [2026, 2, 29],
    [1900, 2, 29],
    [Number.NaN, 1, 1],
    [2026, Number.NaN, 1],
    [2026, 1, Number.NaN],
  ])('has no day %d-%d-%d', (year, month, day) => {
    expect(epochDay(year, month, day)).toBeNaN();
  });

  test('agrees with Date on every day of 800 years', () => {
    const wrong: string[] = [];
    for (let days = -219_162; days < 73_050; days += 1) {
      const date = new Date(days * 86_400_000);
      const found = epochDay(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
      if (found !== days) wrong.push(date.toISOString());
    }
    expect(wrong).toEqual([]);
  });
});

test.each([
  ['2026-01-31', 20_484],
  ['0001-01-01', -719_162],
  ['1969-12-31', -1],
])('%s is a date within a text', (text, days) => {
  expect(dateAt(`"${text}"`, 1)).toBe(days);
});

test.each(['2026-1-31', '2026-02-30', '31.01.2026', '2026/01/31', '20260131', '', '2026-01-3', '-001-01-01'])(
  '%j is not a date',
  (text) => {
    expect(dateAt(text, 0)).toBeNaN();
  },
);

test.each([
  ['00:00:00', 0],
  ['23:59:59', 86_399],
])('%s is a time of day within a text', (text, seconds) => {
  expect(clockAt(`"${text}"`, 1)).toBe(seconds);
});

test.each(['24:00:00', '23:60:00', '23:59:60', '12:00', '1:00:00', '12-00-00', '12:00:0a', ''])(
  '%j is not a time of day',
  (text) => {
    expect(clockAt(text, 0)).toBeNaN();
  },
);

test('a fraction ends after its digits', () => {
  expect(fractionEnd('.5Z', 0)).toBe(2);
  expect(fractionEnd('Z', 0)).toBe(0);
  expect(fractionEnd('', 0)).toBe(0);
  expect(fractionEnd('.Z', 0)).toBe(-1);
  expect(fractionEnd(`.${'0'.repeat(1_000_000)}`, 0)).toBe(1_000_001);
});

describe('a date-time of RFC 3339', () => {
  test.each([
    ...EXAMPLES.map(([text]) => text),
    '2026-01-31t12:00:00z',
    '2026-01-31T12:00:00.123456789012345678901234567890Z',
    '2026-01-31T12:00:00+23:59',
    '2026-01-31T12:00:00-00:00',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999Z',
    '2024-02-29T00:00:00Z',
    '2000-02-29T00:00:00Z',
  ])('is %s', (text) => {
    expect(isDateTime(text)).toBe(true);
  });

  test.each([
    '1990-12-31T23:59:60Z', // RFC 3339 §5.8: leap seconds
    '1990-12-31T15:59:60-08:00',
    '0000-01-01T00:00:00Z',
    '2026-01-31 12:00:00Z', // a date-time by the note in §5.6 alone
    '2026-01-31T12:00:00',
    '2026-01-31T12:00Z',
    '2026-01-31',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00,5Z',
    '2026-01-31T12:00:00+0200',
    '2026-01-31T12:00:00+02',
    '2026-01-31T12:00:00+2',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+02:60',
    '2026-01-31T12:00:00+02-00',
    '2026-01-31T12:00:00+-2:00',
    '2026-01-31T12:00:00ZZ',
    '2026-01-31T12:00:00Z ',
    ' 2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Z\n',
    '2026-01-31T24:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '２０２６-01-31T12:00:00Z',
    '2026-01-31T12:00:00 Europe/Berlin',
    'yesterday',
    '',
  ])('is not %j', (text) => {
    expect(isDateTime(text)).toBe(false);
  });
});

describe('the instant', () => {
  test.each([
    ...EXAMPLES,
    ['2026-01-02T03:04:05.678Z', { seconds: 1_767_323_045, micros: 678_000 }],
    ['0001-01-01T00:00:00.000Z', { seconds: -62_135_596_800, micros: 0 }],
    ['9999-12-31T23:59:59.999Z', { seconds: 253_402_300_799, micros: 999_000 }],
    ['2024-02-29T00:00:00.000Z', { seconds: 1_709_164_800, micros: 0 }],
    ['2026-01-02 03:04:05.6789+1', { seconds: 1_767_319_445, micros: 678_900 }],
    ['2026-01-02 03:04:05.6789+01', { seconds: 1_767_319_445, micros: 678_900 }],
    ['2026-01-02t03:04:05.6789+0100', { seconds: 1_767_319_445, micros: 678_900 }],
    ['2026-01-02T03:04Z', { seconds: 1_767_323_040, micros: 0 }],
    ['2026-01-02T03:04', { seconds: 1_767_323_040, micros: 0 }],
    ['2026-01-02', { seconds: 1_767_312_000, micros: 0 }],
    ['2026-01-02T03:04:05', { seconds: 1_767_323_045, micros: 0 }],
    ['1969-12-31T23:59:59.9999999Z', { seconds: -1, micros: 999_999 }],
  ] as const)('of %s is known to the microsecond', (text, expected) => {
    expect(instant(text)).toEqual(expected);
  });

  test.each([
    '2026-0a-02T03:04:05.678Z',
    '2026-01-02T03:04:05.67/Z',
    '2026-01-02T03:04:05.67:Z',
    '2026-13-02T03:04:05.678Z',
    '2026-02-29T03:04:05.678Z',
    '2026-01-02T24:04:05.678Z',
    '2026-01-02T03:60:05.678Z',
    '0000-01-02T03:04:05.678Z',
    '2026-01-02T03:04:05,678Z',
    '2026-01-02T03:04.5Z',
    '2026-01-02T03:04:05.Z',
    '2026-01-02_03:04:05Z',
    '2026-01-02T03:04:05 Z',
    '2026-01-02T03:04:05+',
    '2026-01-02T03:04:05+a',
    '2026-01-02T03:04:05+001',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '2026-02-29',
    '2026-01-2',
    '',
  ])('of %j is not known, since it is not a time', (text) => {
    expect(instant(text)).toBeUndefined();
  });
});

test('a time keeps its fraction and its zone as they are written', () => {
  expect(readDateTime('1970-01-02 00:00:01.1234567890-08:30')).toEqual({
    day: 1,
    second: 1,
    fraction: '1234567890',
    zone: '-08:30',
    offset: -510,
  });
  expect(readDateTime('1970-01-02T00:01')).toEqual({ day: 1, second: 60, fraction: '', zone: '', offset: 0 });
});
