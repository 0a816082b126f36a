import { COLUMN, splitsOf } from '@tap-webhooks/singer';
import type { TableDefinition } from '@tap-webhooks/target-core';
import { quotedColumn, quotedTable } from '../api/sql.js';
import type { Field } from '../columns/types.js';
import type { TableRef } from '../table-ref.js';
import { type RowKey, rowKey } from './key.js';
import { type ColumnPath, type ColumnSources, coalesced, columnsByField } from './values.js';

/** The table whose latest versions a view shows. */
interface ViewedTable {
  readonly project: string;
  readonly ref: TableRef;
  /** Columns that it has now. */
  readonly fields: readonly Field[];
  /** Dotted path of each column, with the dotted path of its field (`TablePlan.sources`). */
  readonly sources: ReadonlyMap<string, string>;
}

export interface ViewText {
  readonly query: string;
  /** Of the view's columns. */
  readonly descriptions: ReadonlyMap<string, string>;
}

/**
 * Stitch's `_sdc_sequence` is milliseconds since 1970 times 10^6, plus a counter: 19 digits, as in the sample
 * 1565276078922000095 of its page "System tables and columns". Ours is milliseconds. 10^14 is between the two for every
 * time from 1970-01-02 to 5138.
 */
const FINER_FROM = '100000000000000';
const FINER_UNITS = '1000000';

/** Longest column name. */
const MAX_NAME = 300;

/**
 * The view of the latest version of each key, or of what `x-sdc-latest-by` names. It has all columns of the table, as they
 * are. For a field with several columns, because its values have had several types, it has one more, `<field>__any`, with the
 * value from the column that has it: in the widest type that loses nothing, else as text. (The columns themselves keep their
 * types: a query must not break on the day a sender writes `"n/a"` for a number.) A row without a key is always shown.
 * @returns undefined when the rows have no key, or the table lacks what the view needs.
 */
export function latestView(table: ViewedTable, definition: TableDefinition): ViewText | undefined {
  const sources: ColumnSources = { sources: table.sources, splits: splitsOf(definition.schema) };
  const key = rowKey(definition, { ...sources, fields: table.fields });
  const order = versionOrder(table);
  if (key === undefined || order === undefined) return undefined;
  const columns = viewColumns(table.fields, sources);
  const names = computedNames(key);
  const query = [
    'SELECT',
    columns.map(({ sql }) => `  ${sql}`).join(',\n'),
    from(quotedTable(table.project, table.ref), names),
    'WHERE TRUE',
    qualify(key, names, table),
    `  ORDER BY ${order.join(', ')}`,
    ') = 1',
  ].join('\n');
  const described = columns.flatMap(({ name, description }) =>
    description === undefined ? [] : [[name, description] as const],
  );
  return { query, descriptions: new Map(described) };
}

/** Names for the parts of a key that are not columns, so that the query writes each part once. No sender can use these names. */
function computedNames({ terms }: RowKey): ReadonlyMap<string, string> {
  const computed = terms.filter((term) => !/^`[^`]+`(?:\.`[^`]+`)*$/.test(term));
  return new Map(computed.map((term, index) => [term, `_sdc_key_${index + 1}`]));
}

/** The table has an alias because a column may have the name of the table. */
function from(table: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return `FROM ${table} AS _sdc_table`;
  const computed = [...names].map(([term, name]) => `    ${term} AS ${name}`);
  return [
    'FROM (',
    '  SELECT',
    ['    *', ...computed].join(',\n'),
    `  FROM ${table} AS _sdc_table`,
    ')',
  ].join('\n');
}

/** Rows without a key get a partition each, by their position: one worker has to sort each partition. */
function qualify(
  { terms, needed, isSparse }: RowKey,
  names: ReadonlyMap<string, string>,
  table: SystemColumns,
): string {
  const shown = (term: string) => names.get(term) ?? term;
  const isMissing = needed.map((term) => `${shown(term)} IS NULL`).join(' OR ');
  const position = isSparse ? integerColumn(table, COLUMN.position) : undefined;
  const partition = terms.map(shown);
  if (position !== undefined) partition.push(`IF(${isMissing}, ${position}, NULL)`);
  return `QUALIFY ${isMissing} OR ROW_NUMBER() OVER (\n  PARTITION BY ${partition.join(', ')}`;
}

/** The latest version first. Within one inbox positions decide between equal sequences. */
function versionOrder(table: SystemColumns): string[] | undefined {
  const sequence = integerColumn(table, COLUMN.sequence);
  if (sequence === undefined) return undefined;
  const position = integerColumn(table, COLUMN.position);
  const batchedAt = systemColumn(table, COLUMN.batchedAt);
  return [
    `IF(${sequence} >= ${FINER_FROM}, DIV(${sequence}, ${FINER_UNITS}), ${sequence}) DESC`,
    `${sequence} DESC`,
    ...(position === undefined ? [] : [`${position} DESC`]),
    ...(batchedAt === undefined ? [] : [`${quotedColumn([batchedAt.name])} DESC`]),
  ];
}

type SystemColumns = Pick<ViewedTable, 'fields' | 'sources'>;

function integerColumn(table: SystemColumns, name: string): string | undefined {
  const field = systemColumn(table, name);
  return field && field.type === 'INTEGER' && field.mode !== 'REPEATED'
    ? quotedColumn([field.name])
    : undefined;
}

/** The column of a system field. Its own name may differ: in some tables a payload's `_SDC_SEQUENCE` has the name. */
function systemColumn({ fields, sources }: SystemColumns, name: string): Field | undefined {
  return fields.find((field) => (sources.get(field.name) ?? field.name.toLowerCase()) === name);
}

interface ViewColumn {
  readonly name: string;
  readonly sql: string;
  readonly description: string | undefined;
}

function viewColumns(fields: readonly Field[], sources: ColumnSources): ViewColumn[] {
  const taken = new Set(fields.map(({ name }) => name.toLowerCase()));
  const own = fields.map(({ name, description }) => ({ name, description, sql: quotedColumn([name]) }));
  return [...own, ...anyColumns(fields, [], sources, taken)];
}

/** Also within RECORDs, but not within lists, where a value has no path of its own. */
function anyColumns(
  fields: readonly Field[],
  parent: readonly string[],
  sources: ColumnSources,
  taken: Set<string>,
): ViewColumn[] {
  const found = [...columnsByField(fields, parent, sources).values()].flatMap((columns) =>
    columns.length > 1 ? anyColumn(columns, taken) : [],
  );
  const inner = fields.flatMap((field) =>
    field.type === 'RECORD' && field.mode !== 'REPEATED'
      ? anyColumns(field.fields ?? [], [...parent, field.name], sources, taken)
      : [],
  );
  return [...found, ...inner];
}

function anyColumn(columns: readonly ColumnPath[], taken: Set<string>): ViewColumn[] {
  const names = columns.map(({ path }) => path.join('.'));
  const name = `${(columns[0] as ColumnPath).path.join('__')}__any`;
  if (name.length > MAX_NAME || taken.has(name.toLowerCase())) return [];
  taken.add(name.toLowerCase());
  const { sql, type } = coalesced(columns);
  const description = `${names[0]} of whatever type, as ${type}: from ${names.join(', ')}.`;
  return [{ name, sql: `${sql} AS ${quotedColumn([name])}`, description }];
}
