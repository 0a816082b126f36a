import { invalidQuery } from '../refusal.js';
import type { FakeField } from '../schema.js';
import type { StoredTable } from '../stored-table.js';
import type { StoredRow } from '../values/value.js';
import { bytesRead } from './bytes-read.js';
import { type Cell, cellOf } from './cells.js';
import { type Comparable, comparable, order } from './compare.js';
import { columnOf, testOf } from './conditions.js';
import type { Parameters } from './parameters.js';
import type { Groups, Select, Selected } from './syntax.js';

export interface SelectResult {
  readonly schema: readonly FakeField[];
  readonly rows: ReadonlyArray<{ readonly f: readonly { readonly v: Cell }[] }>;
  readonly bytesProcessed: number;
}

/** Runs a SELECT over a table. @throws Refusal 400 `invalidQuery`, also for columns that do not exist. */
export function runSelect(statement: Select, table: StoredTable, parameters: Parameters): SelectResult {
  const tests = statement.where.map((condition) => testOf(condition, table, parameters));
  const orders = statement.orderBy.map(({ column, descending }) => ({
    field: columnOf(table, column),
    descending,
  }));
  const columns = statement.selected.flatMap((selected) => outputOf(selected, table));
  const isAggregate = statement.selected.some(({ kind }) => kind !== 'all' && kind !== 'column');
  if (statement.groups !== undefined) checkGrouped(columns, columnOf(table, statement.groups.by));
  else if (isAggregate && (orders.length > 0 || columns.some(({ kind }) => kind === 'column')))
    throw notGrouped();
  const found = statement.isNothing ? [] : table.rows.filter((row) => tests.every((test) => test(row)));
  const bytesProcessed = statement.isNothing ? 0 : bytesRead(statement, table, parameters);
  const schema = columns.map(({ output }) => output);
  if (statement.groups !== undefined) {
    const rows = groupsOf(found, statement.groups, table, parameters).map((group) => ({
      f: columns.map((column) => ({ v: groupCell(column, group) })),
    }));
    return { schema, rows, bytesProcessed };
  }
  if (isAggregate) {
    return {
      schema,
      rows: [{ f: columns.map((column) => ({ v: aggregated(column, found) })) }],
      bytesProcessed,
    };
  }
  sort(found, orders);
  const rows = found.slice(0, statement.limit ?? found.length).map((row) => ({
    f: columns.map(({ field }) => ({ v: cellOf(row[(field as FakeField).name], field as FakeField) })),
  }));
  return { schema, rows, bytesProcessed };
}

function notGrouped(): Error {
  return invalidQuery('SELECT list expression references a column which is neither grouped nor aggregated');
}

function checkGrouped(columns: readonly Output[], by: FakeField): void {
  if (columns.some(({ kind, field }) => kind === 'column' && field?.name !== by.name)) throw notGrouped();
  if (by.mode === 'REPEATED' || /^(JSON|RECORD)$/.test(by.type))
    throw invalidQuery(`Grouping by expressions of type ${by.type} is not allowed`);
}

/** Returns the groups of rows with the same value, in the order of first appearance. NULL is a value too. */
function groupsOf(
  rows: readonly StoredRow[],
  { by, without }: Groups,
  table: StoredTable,
  parameters: Parameters,
): StoredRow[][] {
  const { name, type } = columnOf(table, by);
  const test = testOf(without, table, parameters);
  const groups = new Map<Comparable | undefined, StoredRow[]>();
  for (const row of rows) {
    const value = row[name];
    const key = value === undefined ? undefined : comparable(value, type);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].filter((group) => !group.some(test));
}

function groupCell(column: Output, group: readonly StoredRow[]): Cell {
  if (column.kind !== 'column') return aggregated(column, group);
  const field = column.field as FakeField;
  return cellOf(group[0]?.[field.name], field);
}

interface Output {
  readonly kind: Selected['kind'];
  readonly field: FakeField | undefined;
  readonly output: FakeField;
}

function outputOf({ kind, column, alias }: Selected, table: StoredTable): Output[] {
  if (kind === 'all') return table.fields.map((field) => ({ kind: 'column', field, output: field }));
  const field = column === undefined ? undefined : columnOf(table, column);
  const name = alias ?? (kind === 'column' && column !== undefined ? column : 'f0_');
  if (kind === 'column') return [{ kind, field, output: { ...(field as FakeField), name } }];
  const type = kind === 'count' ? 'INTEGER' : (field as FakeField).type;
  return [{ kind, field, output: { name, type, mode: 'NULLABLE' } }];
}

function aggregated({ kind, field }: Output, rows: readonly StoredRow[]): Cell {
  const held = field === undefined ? rows : rows.filter((row) => row[field.name] !== undefined);
  if (kind === 'count') return String(held.length);
  const column = field as FakeField;
  const sign = kind === 'max' ? 1 : -1;
  let best: StoredRow | undefined;
  for (const row of held) if (best === undefined || sign * compareRows(row, best, column) > 0) best = row;
  return cellOf(best?.[column.name], column);
}

function sort(rows: StoredRow[], orders: ReadonlyArray<{ field: FakeField; descending: boolean }>): void {
  if (orders.length === 0) return;
  rows.sort((a, b) => {
    for (const { field, descending } of orders) {
      const result = compareRows(a, b, field);
      if (result !== 0) return descending ? -result : result;
    }
    return 0;
  });
}

/** Compares two rows by a column. NULL is the least. */
function compareRows(a: StoredRow, b: StoredRow, { name, type }: FakeField): number {
  const [left, right] = [a[name], b[name]];
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return order(comparable(left, type), comparable(right, type));
}
