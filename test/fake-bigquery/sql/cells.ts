import type { FakeField } from '../schema.js';
import { JsonValue, type StoredRow, type Value } from '../values/value.js';

/** A cell of a result in the REST API's form: text for every scalar, TIMESTAMP as seconds since the epoch. */
export type Cell =
  | string
  | null
  | { readonly f: readonly { readonly v: Cell }[] }
  | readonly { readonly v: Cell }[];

export function cellOf(value: Value | undefined, field: FakeField): Cell {
  if (field.mode === 'REPEATED')
    return ((value ?? []) as readonly Value[]).map((item) => ({ v: scalarCell(item, field) }));
  return value === undefined ? null : scalarCell(value, field);
}

function scalarCell(value: Value, field: FakeField): Cell {
  if (value instanceof JsonValue) return value.text;
  if (typeof value === 'bigint') return doubleText(Number(value) / 1e6);
  if (typeof value === 'number') return doubleText(value);
  if (typeof value !== 'object') return String(value);
  const row = value as StoredRow;
  return { f: (field.fields ?? []).map((nested) => ({ v: cellOf(row[nested.name], nested) })) };
}

/** Returns a double as the service prints it: `1.5`, `0.0`, `1.7672256E9`. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7))
    return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
}

/** Returns the bytes that a value counts for in a query ("Data types", data type sizes). */
export function bytesOf(value: Value | undefined, field: FakeField): number {
  if (value === undefined) return 0;
  if (Array.isArray(value))
    return value.reduce((sum: number, item: Value) => sum + bytesOfOne(item, field), 0);
  return bytesOfOne(value, field);
}

function bytesOfOne(value: Value, field: FakeField): number {
  switch (field.type) {
    case 'BOOLEAN':
      return 1;
    case 'NUMERIC':
      return 16;
    case 'BIGNUMERIC':
      return 32;
    case 'STRING':
    case 'BYTES':
      return 2 + Buffer.byteLength(value as string, field.type === 'BYTES' ? 'base64' : 'utf8');
    case 'JSON':
      return 2 + Buffer.byteLength((value as JsonValue).text);
    case 'RECORD':
      return (field.fields ?? []).reduce(
        (sum, nested) => sum + bytesOf((value as StoredRow)[nested.name], nested),
        0,
      );
    default:
      return 8;
  }
}
