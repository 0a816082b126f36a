import { type JsonNode, parseJson } from '@tap-webhooks/singer';
import { isoText } from './times.js';
import { JsonValue, type StoredRow, type Value } from './value.js';

/**
 * Returns a row in the form that tests compare. INTEGER, NUMERIC and BIGNUMERIC are decimal text. TIMESTAMP is
 * `2026-01-01T00:00:00.000Z`, with six digits where there are microseconds. JSON is parsed, with integers that no double holds
 * as bigint. NULL is absent, and so is an empty array, since the service does not tell the two apart.
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
  if (value instanceof JsonValue) return shownJson(value.text, parseJson(value.text, { maxDepth: 1000 }));
  if (Array.isArray(value)) return value.map(shownValue);
  return shownRow(value as StoredRow);
}

function shownJson(text: string, node: JsonNode): unknown {
  if (node.kind === 'array') return (node.items ?? []).map((item) => shownJson(text, item));
  if (node.kind === 'object')
    return Object.fromEntries((node.members ?? []).map(({ name, value }) => [name, shownJson(text, value)]));
  const raw = text.slice(node.start, node.end);
  const value: unknown = JSON.parse(raw);
  return /^-?\d+$/.test(raw) && !Number.isSafeInteger(value) ? BigInt(raw) : value;
}
