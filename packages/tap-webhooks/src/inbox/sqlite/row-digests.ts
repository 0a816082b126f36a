import { rowDigest } from '../digest.js';
import type { Database } from './database.js';
import { DamagedRow } from './failure.js';

/**
 * Digests of the rows of small tables. The columns that a digest covers are all columns of the table, and the first one is its key,
 * unless the key is made of several. Events, delivery ids, schemas and the quarantine have digests of their own, which name the
 * stream instead of its number.
 */
const COVERED = {
  meta: ['name', 'value'],
  incarnations: ['number', 'id', 'first', 'begun_at'],
  streams: [
    'id',
    'name',
    'newest',
    'trimmed_through',
    'kept',
    'stored',
    'duplicate',
    'filtered',
    'quarantined',
    'kept_bytes',
    'quarantined_bytes',
  ],
  checks: ['position', 'digest'],
  sequence_keys: ['digest', 'sequence'],
  tokens: ['id', 'integration', 'sha256', 'created_at', 'last_used_at', 'revoked_at'],
  minutes: ['stream', 'minute', 'stored', 'duplicate', 'filtered', 'quarantined'],
  refusals: ['integration', 'reason', 'minute', 'count'],
  tombstones: ['position', 'stream', 'erased_at', 'reason'],
  requests: ['id', 'created_at', 'command', 'arguments', 'done_at', 'result'],
  audit: ['id', 'at', 'actor', 'command', 'arguments'],
} as const;

/** A table whose rows have a digest of this kind. */
export type CheckedTable = keyof typeof COVERED;

/** A row by the names of its columns. */
export type StoredRow = { readonly [column: string]: unknown };

export function isChecked(table: string): table is CheckedTable {
  return Object.hasOwn(COVERED, table);
}

export function columnsOf(table: CheckedTable): readonly string[] {
  return COVERED[table];
}

/** Returns the column that holds the digest. Two tables have another digest in a column of that name. */
export function digestColumn(table: CheckedTable): 'digest' | 'row_digest' {
  return table === 'checks' || table === 'sequence_keys' ? 'row_digest' : 'digest';
}

export function digestOf(table: CheckedTable, row: StoredRow): string {
  return rowDigest(...COVERED[table].map((column) => plain(row[column])));
}

function plain(value: unknown): string | number | null | Uint8Array {
  return typeof value === 'bigint' ? Number(value) : ((value ?? null) as string | number | null | Uint8Array);
}

/** Returns whether a row is as it was stored. One without a digest counts as such: format 1 stored none. */
export function isIntactRow(table: CheckedTable, row: StoredRow): boolean {
  const digest = row[digestColumn(table)] ?? null;
  return digest === null || digest === digestOf(table, row);
}

/** Returns the row. @throws DamagedRow when it is not what was stored. */
export function requireIntact<R extends object>(table: CheckedTable, row: R): R {
  if (!isIntactRow(table, row as StoredRow))
    throw new DamagedRow(`a row of the table ${table} is not what was stored`);
  return row;
}

/** Returns all rows of a small table. @throws DamagedRow when one of them is not what was stored. */
export function intactRows<R>(database: Database, table: CheckedTable): R[] {
  const rows = database.prepare(`SELECT * FROM ${table}`).all() as StoredRow[];
  return rows.map((row) => requireIntact(table, row)) as R[];
}

/** Stores the digest of every row, whose values must be known to be right. */
export function storeDigests(
  database: Database,
  table: 'meta' | 'incarnations' | 'streams' | 'tokens',
): void {
  const [key] = COVERED[table];
  const put = database.prepare(`UPDATE ${table} SET digest = ? WHERE ${key} = ?`);
  for (const row of database.prepare(`SELECT * FROM ${table}`).all() as StoredRow[])
    put.run(digestOf(table, row), row[key] as string | number);
}
