import { partitionOf } from '../partitions.js';
import { findField } from '../schema.js';
import type { StoredTable } from '../stored-table.js';
import type { StoredRow } from '../values/value.js';
import { bytesOf } from './cells.js';
import { valuesOf } from './conditions.js';
import type { Parameters } from './parameters.js';
import type { Condition, Either, Select } from './syntax.js';

/** Returns the bytes that a statement reads: every column that it names, in all rows of the partitions that remain. */
export function bytesRead(
  { selected, where, groups, orderBy }: Select,
  table: StoredTable,
  parameters: Parameters,
): number {
  const grouped = groups === undefined ? [] : [{ column: groups.by }, groups.without];
  const conditions = where.flatMap((part) => (part.kind === 'either' ? part.sides.flat() : [part]));
  const named = [...selected, ...conditions, ...grouped, ...orderBy].map(({ column }: { column?: string }) =>
    column?.toLowerCase(),
  );
  const names = new Set(named);
  const isAll = selected.some(({ kind }) => kind === 'all');
  const fields = table.fields.filter(({ name }) => isAll || names.has(name.toLowerCase()));
  const isRead = partitionFilter(where, table, parameters);
  let bytes = 0;
  for (const row of table.rows) {
    if (isRead(row)) for (const field of fields) bytes += bytesOf(row[field.name], field);
  }
  return bytes;
}

/**
 * Returns a test of whether a row is read. Comparisons of the partitioning column exclude whole partitions ("Query partitioned
 * tables", pruning).
 */
function partitionFilter(
  where: ReadonlyArray<Condition | Either>,
  table: StoredTable,
  parameters: Parameters,
): (row: StoredRow) => boolean {
  const { timePartitioning } = table;
  const column = timePartitioning?.field?.toLowerCase();
  const field = column === undefined ? undefined : findField(table.fields, column);
  if (timePartitioning === undefined || field === undefined) return () => true;
  const either = where.filter((part) => part.kind === 'either');
  if (either.length > 0) {
    const others = where.filter((part) => part.kind !== 'either');
    const filters = either.map(({ sides }) => sides.map((side) => partitionFilter(side, table, parameters)));
    const isRead = partitionFilter(others, table, parameters);
    return (row) => isRead(row) && filters.every((sides) => sides.some((side) => side(row)));
  }
  const bounds = where.flatMap((condition) => {
    if (condition.kind !== 'compare' || condition.column.toLowerCase() !== column) return [];
    const [value] = valuesOf(condition.operand, field, parameters, false);
    if (value === null || value === undefined) return [];
    return [{ operator: condition.operator, partition: partitionOf(value, timePartitioning.type) }];
  });
  return (row) => {
    const value = row[field.name];
    if (value === undefined) return bounds.length === 0;
    const partition = partitionOf(value, timePartitioning.type);
    return bounds.every(({ operator, partition: bound }) => {
      if (operator === '=') return partition === bound;
      if (operator === '!=') return true;
      return operator.startsWith('<') ? partition <= bound : partition >= bound;
    });
  };
}
