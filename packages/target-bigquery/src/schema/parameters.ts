import type { Field } from './fields.js';

/**
 * What a column was limited to when somebody made it: `STRING(10)`, `NUMERIC(10, 2)` ("Parameterized data types"). We make
 * no such columns.
 */
export interface Parameters {
  /** In Unicode characters. */
  readonly length: number;
  /** Digits before and behind the point. */
  readonly whole: number;
  readonly scale: number;
}

/** By the REST API's "TableFieldSchema", which has 64-bit integers as strings; undefined for columns without limits. */
export function parametersOf(field: Field): Parameters | undefined {
  const { maxLength, precision, scale } = field as {
    maxLength?: unknown;
    precision?: unknown;
    scale?: unknown;
  };
  if (maxLength === undefined && precision === undefined) return undefined;
  return {
    length: Number(maxLength ?? Number.POSITIVE_INFINITY),
    whole: Number(precision ?? Number.POSITIVE_INFINITY) - Number(scale ?? 0),
    scale: precision === undefined ? Number.POSITIVE_INFINITY : Number(scale ?? 0),
  };
}

/** @param raw a JSON string or number, as sent. */
export function isWithin({ length, whole, scale }: Parameters, raw: string): boolean {
  if (raw.startsWith('"')) {
    const text = JSON.parse(raw) as string;
    return text.length <= length || [...text].length <= length;
  }
  if (/[eE]/.test(raw)) return false;
  const [before = '', behind = ''] = raw.replace('-', '').split('.');
  return before.replace(/^0+/, '').length <= whole && behind.length <= scale;
}
