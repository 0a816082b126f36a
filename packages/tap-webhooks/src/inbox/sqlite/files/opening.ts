import { closeSync, existsSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { makeFolderSync, syncFolderSync, systemCode } from '@tap-webhooks/singer';
import { inboxEmptied, inboxFileFailed, inboxFileGone, noInbox, notAnInbox } from '../../../errors.js';
import { BUSY_TIMEOUT_MS, type Database, sqliteCode } from '../database.js';
import { failureOf } from '../failure.js';
import { inboxFailure } from '../inbox-failure.js';
import { currentFile, fileStamp, pointerOf } from './current.js';
import { bringToFormat, type FormatsRead, formatOf, requireFormat } from './format.js';
import type { Migration } from './migrate.js';

/** Memory for pages in the writer, in KiB. Pages of the index of delivery ids are needed again and again. */
const CACHE_KIB = 32 * 1024;
/** Size to which the log is cut at a checkpoint: about what it holds between two of them. */
const LOG_BYTES = 16 * 1024 * 1024;
/** Settings of a writing handle. */
const PRAGMAS = [
  'wal_autocheckpoint = 0', // see checkpoint.ts; before the next one, which writes to the file each time
  'auto_vacuum = INCREMENTAL', // only works before there are tables
  'journal_mode = WAL',
  'synchronous = FULL',
  `journal_size_limit = ${LOG_BYTES}`,
  `cache_size = -${CACHE_KIB}`,
  'secure_delete = ON', // trimmed payloads are overwritten
];
const SQLITE_NOTADB = 26;

/** The inbox is a folder; this is the one file of events in it that counts. @throws ToolkitError `current_unreadable`. */
export function inboxFile(folder: string): string {
  return currentFile(folder).path;
}

export interface Opening {
  /** Create the folder (mode 0700) and the file (0600) when there are none. */
  readonly create: boolean;
  /** Bring an older file to today's format. Only for the holder of the writer's lock. */
  readonly migrate: boolean;
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the file for writing. Every commit is synced before it returns (WAL, synchronous = FULL).
 * @throws ToolkitError `no_inbox`, `not_an_inbox`, `inbox_newer`, `inbox_older`, exit 1; `inbox_unusable`, `inbox_file_failed`
 * and `inbox_file_gone`, exit 7.
 */
export function openForWriting(folder: string, options: Opening): Database {
  const { path, failed } = currentFile(folder);
  if (failed) throw inboxFileFailed(path);
  refuseEmptied(folder, path);
  if (!existsSync(path)) {
    requireNoPointer(folder, path);
    if (!options.create) throw noInbox(folder);
    createFile(folder, path);
  }
  return open(path, (database) => {
    formatOf(database, path); // leaves a file alone that is not an inbox
    for (const pragma of PRAGMAS) database.exec(`PRAGMA ${pragma}`);
    bringToFormat(database, path, options);
  });
}

/**
 * Opens the file for reading, beside any number of other handles. In a folder that cannot be written, a file that was closed
 * cleanly can be read too. @throws ToolkitError as `openForWriting` does.
 */
export function openForReading(folder: string, formats: FormatsRead = {}): Database {
  const path = inboxFile(folder);
  refuseEmptied(folder, path);
  if (!existsSync(path)) {
    requireNoPointer(folder, path);
    throw noInbox(folder);
  }
  const check = (database: Database) => requireFormat(database, path, folder, formats);
  try {
    return open(path, check, true);
  } catch (cause) {
    if (failureOf(cause) !== 'unusable' || hasLog(path)) throw cause;
    // SQLite would create the files of its log. "immutable" promises that nobody writes, since nobody can.
    return open(Object.assign(pathToFileURL(path), { search: 'immutable=1' }), check, true);
  }
}

/** Path of the write-ahead log of a file. */
export function logOf(path: string): string {
  return `${path}-wal`;
}

function hasLog(path: string): boolean {
  return (statSync(logOf(path), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** A read-only handle does not even checkpoint when it is the last one to close. */
function open(path: string | URL, prepare: (database: Database) => void, readOnly = false): Database {
  let database: Database | undefined;
  try {
    database = new DatabaseSync(path, { readOnly });
    if (!readOnly) guard(database, String(path));
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    prepare(database);
    return database;
  } catch (cause) {
    if (database && readOnly) database.close();
    else if (database) closeUntouched(database, String(path));
    throw sqliteCode(cause) === SQLITE_NOTADB ? notAnInbox(String(path)) : cause;
  }
}

/** A file that `current` names must be there: another one would be an older or an empty inbox. */
function requireNoPointer(folder: string, path: string): void {
  if (existsSync(pointerOf(folder))) throw inboxFileGone(path);
}

/** A file that has lost its content must not become a new inbox in silence. */
function refuseEmptied(folder: string, path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if ((size ?? 0) > 0) return;
  if (hasLog(path)) throw inboxEmptied(path, 'its log (-wal) is not');
  if (size === undefined) return;
  const left = ['current', 'reserve'].find((name) => existsSync(join(folder, name)));
  if (left !== undefined) throw inboxEmptied(path, `the file \`${left}\` beside it shows that it was not`);
  if (hasConsumers(folder)) throw inboxEmptied(path, 'there are consumers that have read it');
}

function hasConsumers(folder: string): boolean {
  try {
    return readdirSync(join(folder, 'consumers')).some((name) => name.endsWith('.json'));
  } catch {
    return false;
  }
}

/**
 * Per writing handle, a handle that only reads the same file, and was opened before any statement was prepared. SQLite
 * moves the log into the file when the last handle of it is closed, and tells nobody when that fails. It closes a handle whose
 * statements are still in memory only with them, at the latest when the thread ends: the newest objects first, so the guard last.
 */
const guards = new Map<Database, Database>();
/** Guards of files whose handle was closed untouched, by file: one is enough for all handles that come after it. */
const kept = new Map<string, Database>();

function guard(database: Database, path: string): void {
  const other = kept.get(fileStamp(path)) ?? new DatabaseSync(path, { readOnly: true });
  guards.set(database, other);
}

/** Closes a handle without moving the log into the file. One that cannot be closed so stays open, until the process ends. */
export function closeUntouched(database: Database, path: string): void {
  const other = guards.get(database);
  try {
    if (!other) return;
    lockForReading(other);
    kept.set(fileStamp(path), other);
    guards.delete(database);
    database.close();
  } catch {
    // It stays open, since the map holds it.
  }
}

/** Closes a handle whose log was moved into the file: SQLite removes the log then. */
export function closeEmptied(database: Database): void {
  const other = guards.get(database);
  guards.delete(database);
  for (const [stamp, one] of kept) if (one === other) kept.delete(stamp);
  other?.close();
  database.close();
}

/** SQLite locks the file before it reads a page, and keeps the lock when the page cannot be read. */
function lockForReading(database: Database): void {
  try {
    database.exec('SELECT count(*) FROM sqlite_schema');
  } catch (cause) {
    const failure = failureOf(cause);
    if (failure !== 'damaged' && failure !== 'untrusted') throw cause;
  }
}

/** Creates the inbox's folder (mode 0700) when there is none; its name is durable then. @throws ToolkitError */
export function makeInboxFolder(folder: string): void {
  told(folder, () => makeFolderSync(folder, { mode: 0o700 }));
}

/** Creates the file with its rights from the start. Its name is durable: a power cut must not remove it again. */
function createFile(folder: string, path: string): void {
  makeInboxFolder(folder);
  told(folder, () => {
    createEmpty(path);
    syncFolderSync(folder);
  });
}

function told(folder: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const code = systemCode(cause);
    throw code === 'EEXIST' || code === 'ENOTDIR' ? notAnInbox(folder) : inboxFailure(folder, cause);
  }
}

/** Creates an empty file (mode 0600) when there is none: another process may have been quicker. */
export function createEmpty(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
  }
}
