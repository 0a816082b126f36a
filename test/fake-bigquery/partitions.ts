import { invalid } from './refusal.js';
import { findField } from './schema.js';
import type { StoredTable } from './stored-table.js';
import { isoText } from './values/times.js';
import type { StoredRow, Value } from './values/value.js';

/** Most partitions that one job may touch ("Quotas and limits", partitioned tables). */
const MOST_PARTITIONS = 4000;
/** How many characters of `YYYY-MM-DDTHH` name a partition. */
const LENGTHS: { readonly [type: string]: number } = { YEAR: 4, MONTH: 7, DAY: 10, HOUR: 13 };

/** Returns the partition of a value of the partitioning column. Partitions sort by time. */
export function partitionOf(value: Value, type: string): string {
  const text = typeof value === 'bigint' ? isoText(value) : String(value);
  return text.slice(0, LENGTHS[type] ?? 10);
}

/** Checks that rows touch few enough partitions. @throws Refusal `invalid`, which becomes the job's error. */
export function checkPartitionCount(table: StoredTable, rows: readonly StoredRow[]): void {
  const { type, field } = table.timePartitioning ?? {};
  const name = field === undefined ? undefined : findField(table.fields, field)?.name;
  if (type === undefined || name === undefined) return;
  const partitions = new Set<string>();
  for (const row of rows) {
    const value = row[name];
    partitions.add(value === undefined ? '__NULL__' : partitionOf(value, type));
  }
  if (partitions.size > MOST_PARTITIONS) {
    throw invalid(
      `Too many partitions produced by query, allowed ${MOST_PARTITIONS}, query produces at least ${partitions.size} partitions`,
    );
  }
}
