import { expect, test } from 'vitest';
import { parseTimestamp } from '../../../packages/target-bigquery/dist/rows/proto-times.js';

test.each([
  ['2026-01-02T03:04:05.678Z', { seconds: 1_767_323_045, micros: 678_000 }],
  ['0001-01-01T00:00:00.000Z', { seconds: -62_135_596_800, micros: 0 }],
  ['9999-12-31T23:59:59.999Z', { seconds: 253_402_300_799, micros: 999_000 }],
  ['2024-02-29T00:00:00.000Z', { seconds: 1_709_164_800, micros: 0 }],
  ['2026-01-02 03:04:05.6789+1', { seconds: 1_767_319_445, micros: 678_900 }],
])('%s is read to the microsecond', (text, expected) => {
  expect(parseTimestamp(text)).toEqual(expected);
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
])('%s is no time', (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});
