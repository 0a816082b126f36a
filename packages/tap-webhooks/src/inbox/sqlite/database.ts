import type { DatabaseSync } from '@photostructure/sqlite';

export type Database = InstanceType<typeof DatabaseSync>;

/** How long a handle waits for the write transaction of another one before it fails, in ms. */
export const BUSY_TIMEOUT_MS = 10_000;
/** Returns SQLite's primary result code; undefined for an error that is not SQLite's. */
export function sqliteCode(cause: unknown): number | undefined {
  const code = (cause as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
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
