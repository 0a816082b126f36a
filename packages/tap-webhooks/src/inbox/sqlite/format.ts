import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { inboxNewer, inboxOlder, noInbox, notAnInbox } from '../../errors.js';
import { type Database, inTransaction, numberOf, syncFolder } from './database.js';
import { TABLES } from './tables.js';

/** "WHIN", in the file's header (SQLite's application_id): that it is an inbox of ours. */
const APPLICATION_ID = 0x5748494e;

/** Turns a file of the format before into this one, inside a transaction. */
export type Migration = (database: Database) => void;

/** From format 1 on: the first entry makes format 2 of format 1. */
export const MIGRATIONS: readonly Migration[] = [];

/**
 * Makes the tables in an empty file, and brings an older one to today's format, in one transaction, after a copy of it was
 * put beside it (`<file>.format-<n>`).
 * @throws ToolkitError `inbox_newer`, `inbox_older` when it may not migrate, `not_an_inbox`.
 */
export function bringToFormat(
  database: Database,
  path: string,
  { migrate: mayMigrate, migrations = MIGRATIONS }: { migrate: boolean; migrations?: readonly Migration[] },
): void {
  const known = migrations.length + 1;
  const found = formatOf(database, path);
  if (found > known) throw inboxNewer(path, found, known);
  if (found === known) return;
  if (found > 0 && !mayMigrate) throw inboxOlder(path, found);
  if (found > 0) copyTo(`${path}.format-${found}`, database);
  inTransaction(database, () => {
    const now = formatOf(database, path); // another process may have been quicker
    if (now === 0) createTables(database);
    else for (const migrate of migrations.slice(now - 1)) migrate(database);
    database.exec(`PRAGMA user_version = ${known}`);
  });
}

/** As it is on disk when this returns, with the rights of the original. What an earlier attempt left there is replaced. */
function copyTo(copy: string, database: Database): void {
  rmSync(copy, { force: true });
  closeSync(openSync(copy, 'wx', 0o600));
  database.exec(`VACUUM INTO '${copy.replaceAll("'", "''")}'`);
  const descriptor = openSync(copy, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  syncFolder(dirname(copy));
}

/**
 * For those who only read.
 * @throws ToolkitError `no_inbox` for a file that nothing was put into yet, `inbox_newer`, `inbox_older`, `not_an_inbox`.
 */
export function requireFormat(
  database: Database,
  path: string,
  folder: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  const known = migrations.length + 1;
  const found = formatOf(database, path);
  if (found === 0) throw noInbox(folder);
  if (found > known) throw inboxNewer(path, found, known);
  if (found < known) throw inboxOlder(path, found);
}

/**
 * Number of the file's format; 0 when it is empty.
 * @throws ToolkitError `not_an_inbox`.
 */
export function formatOf(database: Database, path: string): number {
  const tables = numberOf(database, 'SELECT count(*) FROM sqlite_schema');
  const application = numberOf(database, 'PRAGMA application_id');
  if (application === APPLICATION_ID) return numberOf(database, 'PRAGMA user_version');
  if (tables > 0 || application !== 0) throw notAnInbox(path);
  return 0;
}

function createTables(database: Database): void {
  database.exec(TABLES);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  const insert = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
  insert.run('incarnation', randomUUID());
  insert.run('newest', 0);
  insert.run('sequence_mark', 0);
}
