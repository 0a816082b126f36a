import { isoText } from './times.js';
import { JsonValue, type StoredRow, type Value } from './value.js';

/**
 * A row as tests compare it: INTEGER, NUMERIC, BIGNUMERIC as decimal text; TIMESTAMP as `2026-01-01T00:00:00.000Z` (six
 * digits where there are microseconds); JSON parsed; absent: NULL, and an empty array, which the service does not tell
 * from NULL.
 */
export function shownRow(row: StoredRow): { [column: string]: unknown } {
  const shown: { [column: string]: unknown } = {};
  for (const [name, value] of Object.entries(row)) {
    if (Array.isArray(value) && value.length === 0) continue;
    Object.defineProperty(shown, name, {
      value: shownValue(value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return shown;
}

function shownValue(value: Value): unknown {
  if (typeof value === 'bigint') return isoText(value);
  if (typeof value !== 'object') return value;
  if (value instanceof JsonValue) return JSON.parse(value.text);
  if (Array.isArray(value)) return value.map(shownValue);
  return shownRow(value as StoredRow);
}
