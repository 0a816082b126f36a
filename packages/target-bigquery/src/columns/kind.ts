import { splitOrigin } from '@tap-webhooks/singer';
import type { Shape } from './shape.js';
import { type ColumnType, type Field, traitsOf } from './types.js';

/** RECORDs that BigQuery takes within each other ("Specifying nested and repeated columns"). */
const MAX_DEPTH = 15;

/** What kind of column the values of a shape need. */
export interface ColumnKind {
  readonly type: ColumnType;
  readonly mode: 'NULLABLE' | 'REPEATED';
  /** Shape of the objects, for a RECORD. */
  readonly record?: Extract<Shape, { kind: 'record' }>;
  /** Shape of the items of an array, when each becomes a RECORD with one field `value`. */
  readonly wraps?: Shape;
}

const JSON_KIND: ColumnKind = { type: 'JSON', mode: 'NULLABLE' };

/** A column for text. */
export const TEXT_KIND: ColumnKind = { type: 'STRING', mode: 'NULLABLE' };

/**
 * The kind of column for values of a shape.
 * @param depth number of RECORDs that the column is in.
 * @param wrapping items of arrays are wrapped in a RECORD, as Stitch does, so they may be arrays and of any type too.
 */
export function kindFor(shape: Shape, depth: number, wrapping: boolean): ColumnKind {
  switch (shape.kind) {
    case 'scalar':
      return { type: shape.type, mode: 'NULLABLE' };
    case 'record':
      return depth < MAX_DEPTH ? { type: 'RECORD', mode: 'NULLABLE', record: shape } : JSON_KIND;
    case 'array':
      return depth < MAX_DEPTH || !wrapping ? kindForArray(shape.items, depth, wrapping) : JSON_KIND;
    default:
      return JSON_KIND;
  }
}

/** BigQuery has no arrays of arrays, and an array of JSON says no more than JSON does. */
function kindForArray(items: Shape, depth: number, wrapping: boolean): ColumnKind {
  if (wrapping) return { type: 'RECORD', mode: 'REPEATED', wraps: items };
  const item = kindFor(items, depth, wrapping);
  const isPlain = item.mode === 'NULLABLE' && item.type !== 'JSON';
  return isPlain ? { ...item, mode: 'REPEATED' } : JSON_KIND;
}

/**
 * True when an existing column holds every ordinary value of a shape; otherwise the field gets a split column. An integer
 * beyond 64 bits is no ordinary value, nor is a date that no calendar has.
 */
export function canHold(column: Field, shape: Shape, wrapping: boolean): boolean {
  if (column.mode === 'REPEATED') {
    return shape.kind === 'array' && canHoldItems(column, shape.items, wrapping);
  }
  if (column.type === 'JSON') return true;
  if (shape.kind === 'record') return column.type === 'RECORD';
  if (limitsOf(column)) return false;
  if (shape.kind !== 'scalar') return false;
  return column.type === shape.type || traitsOf(shape.type).wider.includes(column.type);
}

function canHoldItems(column: Field, items: Shape, wrapping: boolean): boolean {
  if (isWrapped(column, items, wrapping)) return true;
  return items.kind !== 'json' && canHold({ ...column, mode: 'NULLABLE' }, items, wrapping);
}

/**
 * True for an array as Stitch creates it: of RECORDs whose only field is `value` (with `value__st` and the like for items of
 * other types). When the items themselves are known to have a field `value`, the setting decides.
 */
export function isWrapped(column: Field, items: Shape | undefined, wrapping: boolean): boolean {
  const { fields = [] } = column;
  if (column.mode !== 'REPEATED' || column.type !== 'RECORD' || fields.length === 0) return false;
  if (!fields.every(({ name }) => name === 'value' || splitOrigin(name) === 'value')) return false;
  return wrapping || items?.kind !== 'record' || !items.properties.some(({ name }) => name === 'value');
}

/**
 * True when a field has a column for decimals beside the one for integers, as Stitch creates it (`age__nu`, `age__fl`). A
 * decimal that this column does not hold digit for digit goes to `_sdc_extra`.
 */
export function haveDecimals(columns: readonly Field[], shape: Shape): boolean {
  if (shape.kind !== 'scalar' || !traitsOf(shape.type).uses.includes('fractions')) return false;
  const single = columns.filter(({ mode }) => mode !== 'REPEATED');
  return (
    single.some(({ type }) => type === 'INTEGER') &&
    single.some(({ type }) => traitsOf(type).uses.includes('fractions'))
  );
}

/** True for a column that takes any text. */
export function takesText({ type, mode }: Field): boolean {
  return mode !== 'REPEATED' && (type === 'STRING' || type === 'JSON');
}

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
