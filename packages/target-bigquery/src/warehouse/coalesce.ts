import { type Field, typeOf } from '../schema/fields.js';
import type { ColumnPath } from './column-families.js';
import { columnName } from './sql.js';

/** An expression of GoogleSQL that is NULL where the column holds nothing. */
export interface Expression {
  readonly sql: string;
  /** Type of the value. */
  readonly type: Field['type'];
}

/** Any value of a column as text, without loss: objects and lists are JSON. BigQuery cannot tell `[]` from NULL. */
export function textOf({ path, field }: ColumnPath): string {
  const column = columnName(path);
  if (field.mode === 'REPEATED') return `IF(ARRAY_LENGTH(${column}) > 0, TO_JSON_STRING(${column}), NULL)`;
  const type = typeOf(field);
  if (type === 'RECORD') return `IF(${column} IS NULL, NULL, TO_JSON_STRING(${column}))`;
  // JSON_VALUE is NULL for objects and lists; it shows strings without their quotes
  if (type === 'JSON')
    return `IF(${column} IS NULL, NULL, COALESCE(JSON_VALUE(${column}), TO_JSON_STRING(${column})))`;
  return scalarText(column, type);
}

/** @param type of the expression; no RECORD. */
export function scalarText(sql: string, type: Field['type']): string {
  if (type === 'STRING') return sql;
  return type === 'BYTES' ? `TO_BASE64(${sql})` : `CAST(${sql} AS STRING)`;
}

/** Each holds every value of those before it. FLOAT is not among them: it rounds. */
const EXACT_NUMBERS: ReadonlyArray<Field['type']> = ['INTEGER', 'NUMERIC', 'BIGNUMERIC'];

/**
 * One value from columns of which at most one is filled: of their common type, or of the widest where all are exact numbers,
 * else as text.
 */
export function coalesced(columns: readonly ColumnPath[]): Expression {
  const types = columns.map(({ field }) => typeOf(field));
  const [first] = types;
  const arePlain = columns.every(({ field }) => field.mode !== 'REPEATED' && typeOf(field) !== 'RECORD');
  if (first !== undefined && arePlain && types.every((type) => type === first)) {
    return { type: first, sql: coalesce(columns.map(({ path }) => columnName(path))) };
  }
  const ranks = types.map((type) => EXACT_NUMBERS.indexOf(type));
  if (arePlain && ranks.every((rank) => rank >= 0)) {
    const type = EXACT_NUMBERS[Math.max(...ranks)] as Field['type'];
    return {
      type,
      sql: coalesce(columns.map(({ path, field }) => numberAs(columnName(path), typeOf(field), type))),
    };
  }
  return { type: 'STRING', sql: coalesce(columns.map(textOf)) };
}

function numberAs(column: string, type: Field['type'], wanted: Field['type']): string {
  return type === wanted ? column : `CAST(${column} AS ${wanted})`;
}

export function coalesce(expressions: readonly string[]): string {
  return expressions.length === 1 ? (expressions[0] as string) : `COALESCE(${expressions.join(', ')})`;
}
