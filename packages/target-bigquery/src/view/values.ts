import { quotedColumn } from '../api/sql.js';
import { type ColumnType, type Field, traitsOf } from '../columns/types.js';

/** The field of each column. Paths are dotted. */
export interface ColumnSources {
  /** By the path of the column; a column that is absent here is for the field of its own name. */
  readonly sources: ReadonlyMap<string, string>;
  /** The stream's `x-sdc-splits`: split columns of the tap, with the column that each was split from. */
  readonly splits: ReadonlyMap<string, string>;
}

/** A column, or a field of RECORDs: names from the table's own level down. */
export interface ColumnPath {
  readonly path: readonly string[];
  readonly field: Field;
}

/**
 * The columns of a row, or of a RECORD, by the name of their field. A field has several when its values have had several
 * types: the first has the field's name, the others a split suffix.
 * @param parent path of the RECORD; empty for the row.
 */
export function columnsByField(
  fields: readonly Field[],
  parent: readonly string[],
  { sources, splits }: ColumnSources,
): Map<string, ColumnPath[]> {
  const found = new Map<string, ColumnPath[]>();
  const record = parent.join('.');
  const prefix = parent.length === 0 ? '' : `${sources.get(record) ?? record}.`;
  for (const field of fields) {
    const path = [...parent, field.name];
    const source = sources.get(path.join('.')) ?? `${prefix}${field.name}`;
    const origin = splits.get(source) ?? source;
    const name = origin.startsWith(prefix) ? origin.slice(prefix.length) : field.name;
    const columns = found.get(name);
    if (columns === undefined) found.set(name, [{ path, field }]);
    else if (field.name === name) columns.unshift({ path, field });
    else columns.push({ path, field });
  }
  return found;
}

/** An expression of GoogleSQL that is NULL where there is no value. */
export interface Expression {
  readonly sql: string;
  /** Type of the value. */
  readonly type: ColumnType;
}

/** The value of a column as text, without loss: objects and lists as JSON. BigQuery cannot tell `[]` from NULL. */
function textOf({ path, field }: ColumnPath): string {
  const column = quotedColumn(path);
  if (field.mode === 'REPEATED') return `IF(ARRAY_LENGTH(${column}) > 0, TO_JSON_STRING(${column}), NULL)`;
  return traitsOf(field.type).asText(column);
}

/**
 * The one value of several columns, of which at most one has a value: of their common type, or of the widest type when all
 * are exact numbers, else as text.
 */
export function coalesced(columns: readonly ColumnPath[]): Expression {
  const types = columns.map(({ field }) => field.type);
  const [first] = types;
  const arePlain = columns.every(({ field }) => field.mode !== 'REPEATED' && field.type !== 'RECORD');
  if (first !== undefined && arePlain && types.every((type) => type === first)) {
    return { type: first, sql: coalesce(columns.map(({ path }) => quotedColumn(path))) };
  }
  const widest = arePlain ? widestNumber(types) : undefined;
  if (widest === undefined) return { type: 'STRING', sql: coalesce(columns.map(textOf)) };
  const numbers = columns.map(({ path, field: { type } }) => {
    const column = quotedColumn(path);
    return type === widest ? column : `CAST(${column} AS ${widest})`;
  });
  return { type: widest, sql: coalesce(numbers) };
}

/** The type that holds every value of the others; undefined unless all are exact numbers. */
function widestNumber(types: readonly ColumnType[]): ColumnType | undefined {
  if (types.some((type) => traitsOf(type).mixed !== 'BIGNUMERIC')) return undefined;
  return types.find((type) => types.every((other) => other === type || traitsOf(other).wider.includes(type)));
}

/** The first of some expressions that is not NULL. */
export function coalesce(expressions: readonly string[]): string {
  return expressions.length === 1 ? (expressions[0] as string) : `COALESCE(${expressions.join(', ')})`;
}
