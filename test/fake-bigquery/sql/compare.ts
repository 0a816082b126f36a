import { invalidQuery } from '../refusal.js';
import type { FakeField, FieldType } from '../schema.js';
import { decimal, int64 } from '../values/decimals.js';
import { date, datetime, time, timestamp } from '../values/times.js';
import { BadValue, type Value } from '../values/value.js';

/** The form in which values of one type are compared. */
export type Comparable = string | number | boolean | bigint;

const EXACT: ReadonlySet<string> = new Set(['INTEGER', 'NUMERIC', 'BIGNUMERIC']);

/** Checks that a value of a type compares with a column. A literal compares with more types ("Conversion rules", coercion). */
export function checkComparable(field: FakeField, type: FieldType, isLiteral: boolean): void {
  const isNumeric = (name: string) => EXACT.has(name) || name === 'FLOAT';
  const fits =
    field.type === type ||
    (isNumeric(field.type) && isNumeric(type)) ||
    (isLiteral && type === 'STRING' && /^(TIMESTAMP|DATE|TIME|DATETIME)$/.test(field.type));
  if (!fits || field.mode === 'REPEATED' || /^(JSON|RECORD)$/.test(field.type))
    throw invalidQuery(`No matching signature for operator for argument types: ${field.type}, ${type}`);
}

/** Returns a text of the type in the form in which it compares. @throws Refusal 400 for a text that is not of the type. */
export function comparableText(text: string, type: FieldType): Comparable {
  try {
    switch (type) {
      case 'INTEGER':
      case 'NUMERIC':
      case 'BIGNUMERIC':
        return scaled(type === 'INTEGER' ? int64(text) : decimal(text, type));
      case 'FLOAT':
        return Number(text);
      case 'BOOLEAN':
        return text === 'true';
      case 'TIMESTAMP':
        return timestamp(text);
      case 'DATE':
        return date(text);
      case 'TIME':
        return time(text);
      case 'DATETIME':
        return datetime(text);
      default:
        return text;
    }
  } catch (error) {
    if (error instanceof BadValue) throw invalidQuery(`Invalid value for query parameter: ${error.message}`);
    throw error;
  }
}

export function comparable(value: Value, type: FieldType): Comparable {
  if (EXACT.has(type)) return scaled(value as string);
  if (typeof value === 'object') throw invalidQuery(`Values of type ${type} cannot be compared`);
  return value;
}

/** Returns a negative number, 0 or a positive number; NaN when a value is NaN. */
export function order(a: Comparable, b: Comparable): number {
  if (typeof a === 'bigint' && typeof b === 'number') return order(Number(a) / 1e38, b);
  if (typeof a === 'number' && typeof b === 'bigint') return order(a, Number(b) / 1e38);
  if (a === b) return 0;
  return a < b ? -1 : a > b ? 1 : Number.NaN;
}

/** Returns a decimal of up to 38 places as an integer, without its point. */
function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(38, '0'));
}
