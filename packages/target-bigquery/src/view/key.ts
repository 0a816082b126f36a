import { COLUMN, IDENTITY, type LatestBy, latestByOf } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import { jsonPath, literal, quotedColumn } from '../api/sql.js';
import { type Field, traitsOf } from '../columns/types.js';
import { type ColumnSources, coalesce, columnsByField, type Expression } from './values.js';

/** What rows that are versions of one thing have in common. */
export interface RowKey {
  /** Expressions that are equal for these rows, of types that window functions can partition by. */
  readonly terms: readonly string[];
  /** Terms that are NULL in a row without a key, which is a version of itself only. */
  readonly needed: readonly string[];
  /** Many rows may be without a key: they must not all be in one partition. */
  readonly isSparse: boolean;
}

interface KeyedTable extends ColumnSources {
  readonly fields: readonly Field[];
}

/** Key columns that name a row, not a thing with versions. */
const ROW_NAMES: ReadonlySet<string> = new Set([COLUMN.generatedKey, ...IDENTITY, COLUMN.sequence]);
/** Columns that hold a whole payload (with `raw`, and from the Hub's target-bigquery). */
const PAYLOADS = ['payload', '_payload', 'data'];

/** The key of a table's rows; undefined when they have no key but their own name, or the table lacks a column of it. */
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
  const path = chosen(branches.map(({ when, path }) => [when, literal(path)]));
  const value = chosen(branches.map(({ when, value: { sql, type } }) => [when, traitsOf(type).asText(sql)]));
  return { terms: [path, value], needed: [value], isSparse: true };
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
  const { uses, asText } = traitsOf(type);
  return uses.includes('group') ? sql : asText(sql);
}

function valueAt(table: KeyedTable, path: string): Expression | undefined {
  return fieldValue(table, path.split('.'));
}

/** The value of a field, from the one of its columns that has it. */
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
  const columns = columnsByField(fields, parent, sources).get(name as string) ?? [];
  return columns.flatMap(({ path, field }) => {
    const { type } = field;
    if (field.mode === 'REPEATED') return [];
    if (type === 'JSON') return [jsonValue(path, rest)];
    if (type === 'RECORD') return rest.length > 0 ? valuesIn(field.fields ?? [], path, rest, sources) : [];
    return rest.length === 0 ? [{ sql: quotedColumn(path), type }] : [];
  });
}

function inPayload({ fields }: KeyedTable, names: readonly string[]): Expression | undefined {
  const payload = fields.find(
    (field) => PAYLOADS.includes(field.name) && field.type === 'JSON' && field.mode !== 'REPEATED',
  );
  return payload && jsonValue([payload.name], names);
}

function jsonValue(column: readonly string[], names: readonly string[]): Expression {
  return { type: 'STRING', sql: `JSON_VALUE(${quotedColumn(column)}, ${jsonPath(names)})` };
}
