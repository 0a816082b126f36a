import { COLUMN, IDENTITY, type LatestBy, latestByOf } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import { type ColumnType, type Field, traitsOf } from '../columns/types.js';
import { columnName, jsonPath, literal } from './sql.js';

/** Which field each column stands for. Paths are dotted. */
export interface ColumnSources {
  /** By the path of the column; one that is absent stands for the field of its own name. */
  readonly sources: ReadonlyMap<string, string>;
  /** The stream's `x-sdc-splits`: fields that the tap itself split, with the field they were split from. */
  readonly splits: ReadonlyMap<string, string>;
}

/** A column, or a field of RECORDs: names from the table's own level down. */
export interface ColumnPath {
  readonly path: readonly string[];
  readonly field: Field;
}

/**
 * The columns of one level by the name of the field that they stand for. A field whose values have had several types has
 * several: the first has its name, the others a suffix of Stitch's.
 * @param parent RECORD that the level is in; empty at the table's own.
 */
export function familiesAt(
  fields: readonly Field[],
  parent: readonly string[],
  { sources, splits }: ColumnSources,
): Map<string, ColumnPath[]> {
  const families = new Map<string, ColumnPath[]>();
  const record = parent.join('.');
  const prefix = parent.length === 0 ? '' : `${sources.get(record) ?? record}.`;
  for (const field of fields) {
    const path = [...parent, field.name];
    const source = sources.get(path.join('.')) ?? `${prefix}${field.name}`;
    const origin = splits.get(source) ?? source;
    const name = origin.startsWith(prefix) ? origin.slice(prefix.length) : field.name;
    const family = families.get(name);
    if (family === undefined) families.set(name, [{ path, field }]);
    else if (field.name === name) family.unshift({ path, field });
    else family.push({ path, field });
  }
  return families;
}

/** An expression of GoogleSQL that is NULL where the column holds nothing. */
export interface Expression {
  readonly sql: string;
  /** Type of the value. */
  readonly type: ColumnType;
}

/** Any value of a column as text, without loss: objects and lists are JSON. BigQuery cannot tell `[]` from NULL. */
export function textOf({ path, field }: ColumnPath): string {
  const column = columnName(path);
  if (field.mode === 'REPEATED') return `IF(ARRAY_LENGTH(${column}) > 0, TO_JSON_STRING(${column}), NULL)`;
  return traitsOf(field.type).asText(column);
}

/**
 * One value from columns of which at most one is filled: of their common type, or of the widest where all are exact numbers,
 * else as text.
 */
export function coalesced(columns: readonly ColumnPath[]): Expression {
  const types = columns.map(({ field }) => field.type);
  const [first] = types;
  const arePlain = columns.every(({ field }) => field.mode !== 'REPEATED' && field.type !== 'RECORD');
  if (first !== undefined && arePlain && types.every((type) => type === first)) {
    return { type: first, sql: coalesce(columns.map(({ path }) => columnName(path))) };
  }
  const widest = arePlain ? widestNumber(types) : undefined;
  if (widest === undefined) return { type: 'STRING', sql: coalesce(columns.map(textOf)) };
  const numbers = columns.map(({ path, field: { type } }) => {
    const column = columnName(path);
    return type === widest ? column : `CAST(${column} AS ${widest})`;
  });
  return { type: widest, sql: coalesce(numbers) };
}

/** The one of some types that holds every value of the others; undefined unless all are exact numbers. */
function widestNumber(types: readonly ColumnType[]): ColumnType | undefined {
  if (types.some((type) => traitsOf(type).mixed !== 'BIGNUMERIC')) return undefined;
  return types.find((type) => types.every((other) => other === type || traitsOf(other).wider.includes(type)));
}

export function coalesce(expressions: readonly string[]): string {
  return expressions.length === 1 ? (expressions[0] as string) : `COALESCE(${expressions.join(', ')})`;
}

/** What rows have in common that are versions of one thing. */
export interface RowKey {
  /** Expressions that are equal for them; types that can be partitioned by. */
  readonly terms: readonly string[];
  /** Those of the terms that are NULL in a row which is a version of nothing but itself. */
  readonly needed: readonly string[];
  /** Many rows may be versions of nothing: they must not end up in one partition. */
  readonly isSparse: boolean;
}

export interface KeyedTable extends ColumnSources {
  readonly fields: readonly Field[];
}

/** Keys that name a row, not a thing. */
const ROW_NAMES: ReadonlySet<string> = new Set([COLUMN.generatedKey, ...IDENTITY]);
/** Columns that hold a whole payload (`raw`, and the Hub's target-bigquery). */
const PAYLOADS = ['payload', '_payload', 'data'];

/** Undefined where a row has no key to speak of, or the table lacks a column of it. */
export function rowKey({ schema, keyProperties }: TableDefinition, table: KeyedTable): RowKey | undefined {
  const latestBy = latestByOf(schema);
  if (typeof latestBy === 'string') return sparse(valueAt(table, latestBy));
  if (latestBy !== undefined) return keyByType(table, latestBy);
  if (keyProperties.every((name) => ROW_NAMES.has(name))) return undefined;
  const terms = keyProperties.map((name) => fieldValue(table, [name]));
  if (!terms.every((term) => term !== undefined)) return undefined;
  const sql = terms.map(groupable);
  return { terms: sql, needed: sql, isSparse: false };
}

/** Values at different paths name different things, even when they are equal: a person's 5 is not an answer's 5. */
function keyByType(table: KeyedTable, { column, paths }: Exclude<LatestBy, string>): RowKey | undefined {
  const kind = valueAt(table, column);
  if (kind === undefined) return undefined;
  const byPath = new Map<string, string[]>();
  for (const [value, path] of Object.entries(paths)) byPath.set(path, [...(byPath.get(path) ?? []), value]);
  const branches = [...byPath].flatMap(([path, values]) => {
    const value = valueAt(table, path);
    if (value === undefined) return [];
    return [
      { path, when: `${traitsOf(kind.type).asText(kind.sql)} IN (${values.map(literal).join(', ')})`, value },
    ];
  });
  const [only, ...others] = branches;
  if (only === undefined) return undefined;
  if (others.length === 0) {
    const sql = `IF(${only.when}, ${groupable(only.value)}, NULL)`;
    return { terms: [sql], needed: [sql], isSparse: true };
  }
  const place = chosen(branches.map(({ when, path }) => [when, literal(path)]));
  const value = chosen(branches.map(({ when, value: { sql, type } }) => [when, traitsOf(type).asText(sql)]));
  return { terms: [place, value], needed: [value], isSparse: true };
}

function chosen(branches: ReadonlyArray<readonly [when: string, value: string]>): string {
  return `CASE ${branches.map(([when, value]) => `WHEN ${when} THEN ${value}`).join(' ')} END`;
}

function sparse(value: Expression | undefined): RowKey | undefined {
  if (value === undefined) return undefined;
  const sql = groupable(value);
  return { terms: [sql], needed: [sql], isSparse: true };
}

/** An expression that window functions can partition by. */
function groupable({ sql, type }: Expression): string {
  const { isGroupable, asText } = traitsOf(type);
  return isGroupable ? sql : asText(sql);
}

function valueAt(table: KeyedTable, path: string): Expression | undefined {
  return fieldValue(table, path.split('.'));
}

/** The value of a field, from whichever of its columns holds it. */
function fieldValue(table: KeyedTable, names: readonly string[]): Expression | undefined {
  const found = valuesIn(table.fields, [], names, table);
  if (found.length === 0) return inPayload(table, names);
  const [first] = found;
  if (found.length === 1) return first;
  return { type: 'STRING', sql: coalesce(found.map(({ sql, type }) => traitsOf(type).asText(sql))) };
}

function valuesIn(
  fields: readonly Field[],
  parent: readonly string[],
  [name, ...rest]: readonly string[],
  sources: ColumnSources,
): Expression[] {
  const family = familiesAt(fields, parent, sources).get(name as string) ?? [];
  return family.flatMap(({ path, field }) => {
    const { type } = field;
    if (field.mode === 'REPEATED') return [];
    if (type === 'JSON') return [jsonValue(path, rest)];
    if (type === 'RECORD') return rest.length > 0 ? valuesIn(field.fields ?? [], path, rest, sources) : [];
    return rest.length === 0 ? [{ sql: columnName(path), type }] : [];
  });
}

function inPayload({ fields }: KeyedTable, names: readonly string[]): Expression | undefined {
  const payload = fields.find(
    (field) => PAYLOADS.includes(field.name) && field.type === 'JSON' && field.mode !== 'REPEATED',
  );
  return payload && jsonValue([payload.name], names);
}

function jsonValue(column: readonly string[], names: readonly string[]): Expression {
  return { type: 'STRING', sql: `JSON_VALUE(${columnName(column)}, ${jsonPath(names)})` };
}
