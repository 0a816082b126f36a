import type { DatabaseSync } from '@photostructure/sqlite';

export type Database = InstanceType<typeof DatabaseSync>;

/** How long a handle waits for the write transaction of another one before it fails, in ms. */
export const BUSY_TIMEOUT_MS = 10_000;
/** Returns SQLite's primary result code; undefined for an error that is not SQLite's. */
export function sqliteCode(cause: unknown): number | undefined {
  const code = (cause as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/**
 * Moves the whole write-ahead log into the database file, syncs the file, and empties the log.
 * @param waitMs how long to wait for readers.
 * @returns false when readers kept it from completing.
 */
export function checkpoint(database: Database, waitMs: number): boolean {
  database.exec(`PRAGMA busy_timeout = ${waitMs}`);
  const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return busy === 0;
}

/** Runs the work between BEGIN IMMEDIATE and COMMIT, and rolls back when the work throws. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw cause;
  }
}

/** Returns the number in the only row of a query; 0 when there is no row. */
export function numberOf(database: Database, sql: string): number {
  const row = database.prepare(sql).get() as { [column: string]: number } | undefined;
  return Number(Object.values(row ?? {})[0] ?? 0);
}
