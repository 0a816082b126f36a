import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { makeFolderSync, syncFolderSync, systemCode } from '@tap-webhooks/singer';
import { inboxUnusable, noInbox, notAnInbox } from '../../errors.js';
import { BUSY_TIMEOUT_MS, type Database, sqliteCode } from './database.js';
import { bringToFormat, formatOf, requireFormat } from './format.js';
import type { Migration } from './migrate.js';

/** Pages of 4 KiB in the log after which a commit moves them into the file: rarely, while the log stays small. */
const CHECKPOINT_PAGES = 4000;
/** Memory for pages in the writer, in KiB. Pages of the index of delivery ids are needed again and again. */
const CACHE_KIB = 32 * 1024;
/** Size to which the log is cut at a checkpoint: about what it holds between two of them. */
const LOG_BYTES = 16 * 1024 * 1024;
/** Settings of a writing handle. The first one only works before there are tables. */
const PRAGMAS = [
  'auto_vacuum = INCREMENTAL',
  'journal_mode = WAL',
  'synchronous = FULL',
  `wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
  `journal_size_limit = ${LOG_BYTES}`,
  `cache_size = -${CACHE_KIB}`,
];
const SQLITE_NOTADB = 26;

/** The inbox is a folder; this is its one file of events. */
export function inboxFile(folder: string): string {
  return join(folder, 'inbox.sqlite');
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
 * @throws ToolkitError `no_inbox`, `not_an_inbox`, `inbox_newer`, `inbox_older`, `inbox_unusable`; exit 1.
 */
export function openForWriting(folder: string, options: Opening): Database {
  const path = inboxFile(folder);
  if (!existsSync(path)) {
    if (!options.create) throw noInbox(folder);
    createFile(folder, path);
  }
  return open(path, (database) => {
    formatOf(database, path); // leaves a file alone that is not an inbox
    for (const pragma of PRAGMAS) database.exec(`PRAGMA ${pragma}`);
    bringToFormat(database, path, options);
  });
}

/** Opens the file for reading, beside any number of other handles. @throws ToolkitError as `openForWriting` does. */
export function openForReading(folder: string): Database {
  const path = inboxFile(folder);
  if (!existsSync(path)) throw noInbox(folder);
  return open(path, (database) => requireFormat(database, path, folder), true);
}

/** A read-only handle does not even checkpoint when it is the last one to close. */
function open(path: string, prepare: (database: Database) => void, readOnly = false): Database {
  let database: Database | undefined;
  try {
    database = new DatabaseSync(path, { readOnly });
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    prepare(database);
    return database;
  } catch (cause) {
    database?.close();
    if (sqliteCode(cause) === undefined) throw cause;
    throw sqliteCode(cause) === SQLITE_NOTADB
      ? notAnInbox(path)
      : inboxUnusable(path, (cause as Error).message);
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
    throw code === 'EEXIST' || code === 'ENOTDIR' ? notAnInbox(folder) : inboxUnusable(folder, code);
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
