import { inboxNewer, inboxOlder, noInbox, notAnInbox } from '../../../errors.js';
import { type Database, inTransaction, numberOf } from '../database.js';
import { beginIncarnation } from '../incarnations.js';
import { putMeta } from '../meta.js';
import { markNumbered } from './epochs.js';
import { addRefusals, MIGRATIONS, type Migration } from './migrate.js';
import { TABLES } from './tables.js';

/** "WHIN" in the file's header (SQLite's application_id) marks it as an inbox. */
const APPLICATION_ID = 0x5748494e;

/**
 * Creates the tables in an empty file. Brings an older file to today's format in one transaction.
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
  if (found === known && mayMigrate) addRefusals(database);
  if (found === known) return;
  if (found > 0 && !mayMigrate) throw inboxOlder(path, found);
  inTransaction(database, () => {
    const now = formatOf(database, path); // another process may have been quicker
    if (now === 0) createTables(database);
    else for (const migrate of migrations.slice(now - 1)) migrate(database);
    database.exec(`PRAGMA user_version = ${known}`);
  });
}

/**
 * Checks that a file can be read.
 * @throws ToolkitError `no_inbox` for an empty file, `inbox_newer`, `inbox_older`, `not_an_inbox`.
 */
export function requireFormat(
  database: Database,
  path: string,
  folder: string,
  { mayBeOlder = false, migrations = MIGRATIONS }: FormatsRead = {},
): void {
  const known = migrations.length + 1;
  const found = formatOf(database, path);
  if (found === 0) throw noInbox(folder);
  if (found > known) throw inboxNewer(path, found, known);
  if (found < known && !mayBeOlder) throw inboxOlder(path, found);
}

/** Which formats can be read. */
export interface FormatsRead {
  /** Whoever reads knows the older ones too. Default: false. */
  readonly mayBeOlder?: boolean;
  readonly migrations?: readonly Migration[];
}

/**
 * Returns the number of the file's format; 0 when it is empty.
 * @throws ToolkitError `not_an_inbox`.
 */
export function formatOf(database: Database, path: string): number {
  const tables = numberOf(database, 'SELECT count(*) FROM sqlite_schema');
  const application = numberOf(database, 'PRAGMA application_id');
  if (application === APPLICATION_ID) return numberOf(database, 'PRAGMA user_version');
  if (tables > 0 || application !== 0) throw notAnInbox(path);
  return 0;
}

/** Brings a copy to today's format, inside a transaction. @param found the format of what was copied. */
export function migrateCopy(copy: Database, found: number): void {
  for (const migrate of MIGRATIONS.slice(found - 1)) migrate(copy);
}

/** Makes a file an inbox of today's format: until then no program takes it for one. */
export function markAsInbox(database: Database): void {
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}

function createTables(database: Database): void {
  database.exec(TABLES);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  putMeta(database, 'newest', 0);
  putMeta(database, 'sequence_mark', 0);
  markNumbered(database);
  beginIncarnation(database, 1, Date.now());
}
