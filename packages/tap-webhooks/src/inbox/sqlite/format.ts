import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFileSync, syncFolderSync } from '@tap-webhooks/singer';
import { inboxNewer, inboxOlder, noInbox, notAnInbox } from '../../errors.js';
import { type Database, inTransaction, numberOf } from './database.js';

/**
 * The tables of format 1. People may read them too: `sqlite3 inbox/inbox.sqlite`.
 *
 * - `meta` incarnation, highest position ever given, mark of `_sdc_sequence`
 * - `streams` one row per stream, with what must outlive trimming
 * - `events` the rows that are kept, by position, so that reading on is one scan
 * - `checks` digests of trimmed events, for bookmarks at their positions
 * - `deliveries` keys by which retries are recognised: digests of delivery id, index and content
 * - `quarantine` events that could not become rows, raw, with the reason
 * - `schemas` the versions of every stream's schema that kept events need, and the newest
 * - `sequence_keys` keys whose last number reaches the mark
 * - `tokens` URL tokens, only as SHA-256
 */
const TABLES = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE streams (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  newest INTEGER NOT NULL DEFAULT 0,
  trimmed_through INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0,
  duplicate INTEGER NOT NULL DEFAULT 0,
  filtered INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL REFERENCES streams (id),
  received_at INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  schema_version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX events_by_stream ON events (stream, position);
CREATE TABLE checks (position INTEGER PRIMARY KEY, digest TEXT NOT NULL);
CREATE TABLE deliveries (retry_key TEXT PRIMARY KEY, received_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON deliveries (received_at);
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  stream INTEGER NOT NULL REFERENCES streams (id),
  received_at INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  delivery_id TEXT,
  reason TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX quarantine_by_stream ON quarantine (stream, received_at);
CREATE TABLE schemas (
  stream INTEGER NOT NULL REFERENCES streams (id),
  version INTEGER NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (stream, version)
) WITHOUT ROWID;
CREATE TABLE sequence_keys (digest TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
);
`;

/** "WHIN" in the file's header (SQLite's application_id) marks it as an inbox. */
const APPLICATION_ID = 0x5748494e;

/** Turns a file of the previous format into this one, inside a transaction. */
export type Migration = (database: Database) => void;

/** The first entry turns format 1 into format 2, and so on. */
const MIGRATIONS: readonly Migration[] = [];

/**
 * Creates the tables in an empty file. Brings an older file to today's format in one transaction, after it was copied to
 * `<file>.format-<n>`.
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

/** Copies the file, with the same rights, and syncs the copy. One that an earlier attempt left is replaced. */
function copyTo(copy: string, database: Database): void {
  rmSync(copy, { force: true });
  closeSync(openSync(copy, 'wx', 0o600));
  database.exec(`VACUUM INTO '${copy.replaceAll("'", "''")}'`);
  syncFileSync(copy);
  syncFolderSync(dirname(copy));
}

/**
 * Checks that a file can be read.
 * @throws ToolkitError `no_inbox` for an empty file, `inbox_newer`, `inbox_older`, `not_an_inbox`.
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

function createTables(database: Database): void {
  database.exec(TABLES);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  const insert = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
  insert.run('incarnation', randomUUID());
  insert.run('newest', 0);
  insert.run('sequence_mark', 0);
}
