import type { Field, FieldType } from './fields.js';
import type { Shape } from './shape.js';

/** Levels of RECORDs that BigQuery takes ("Specifying nested and repeated columns"). */
const MAX_DEPTH = 15;

/** What a new column is made of. */
export interface ColumnKind {
  readonly type: FieldType;
  readonly mode: 'NULLABLE' | 'REPEATED';
  /** Of each RECORD. */
  readonly record?: Extract<Shape, { kind: 'record' }>;
  /** Items, when they become records with one field `value`. */
  readonly wraps?: Shape;
}

const JSON_KIND: ColumnKind = { type: 'JSON', mode: 'NULLABLE' };

/**
 * @param depth RECORDs that the column stands in.
 * @param wrapping Stitch's arrays, which hold arrays of arrays and items of any type too.
 */
export function columnKind(shape: Shape, depth: number, wrapping: boolean): ColumnKind {
  switch (shape.kind) {
    case 'scalar':
      return { type: shape.type, mode: 'NULLABLE' };
    case 'record':
      return depth < MAX_DEPTH ? { type: 'RECORD', mode: 'NULLABLE', record: shape } : JSON_KIND;
    case 'array':
      return depth < MAX_DEPTH || !wrapping ? arrayKind(shape.items, depth, wrapping) : JSON_KIND;
    default:
      return JSON_KIND;
  }
}

/** BigQuery has no arrays of arrays, and an array of JSON tells no more than JSON does. */
function arrayKind(items: Shape, depth: number, wrapping: boolean): ColumnKind {
  if (wrapping) return { type: 'RECORD', mode: 'REPEATED', wraps: items };
  const item = columnKind(items, depth, wrapping);
  const isPlain = item.mode === 'NULLABLE' && item.type !== 'JSON';
  return isPlain ? { ...item, mode: 'REPEATED' } : JSON_KIND;
}

/** Stitch's suffixes ("Mixed data types"), and `__js` for JSON. */
const SUFFIXES: { readonly [type in FieldType]: string } = {
  STRING: '__st',
  INTEGER: '__it',
  FLOAT: '__fl',
  NUMERIC: '__nu',
  BIGNUMERIC: '__nu',
  BOOLEAN: '__bo',
  TIMESTAMP: '__ti',
  DATE: '__ti',
  DATETIME: '__ti',
  TIME: '__ti',
  BYTES: '__st',
  JSON: '__js',
  RECORD: '__re',
};

/** Of a further column for values that the columns of a field do not hold. */
export function suffixOf({ type, mode }: Pick<Field, 'type' | 'mode'>): string {
  return mode === 'REPEATED' ? '__ar' : SUFFIXES[type];
}
