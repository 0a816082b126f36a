import type { Field } from './types.js';

/**
 * The limits of a column that others made: `STRING(10)`, `NUMERIC(10, 2)` ("Parameterized data types"). This target creates
 * none.
 */
export interface Limits {
  /** In Unicode characters. */
  readonly length: number;
  /** Digits before the point. */
  readonly whole: number;
  /** Digits after the point. */
  readonly scale: number;
}

/** Reads the limits from a field of the REST API, where integers are strings; undefined for a column without limits. */
export function limitsOf(field: Field): Limits | undefined {
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

/** @param raw a JSON string or number, as it is written in the row. */
export function isWithin({ length, whole, scale }: Limits, raw: string): boolean {
  if (raw.startsWith('"')) {
    const text = JSON.parse(raw) as string;
    return text.length <= length || [...text].length <= length;
  }
  if (/[eE]/.test(raw)) return false;
  const [before = '', after = ''] = raw.replace('-', '').split('.');
  return before.replace(/^0+/, '').length <= whole && after.length <= scale;
}
