import { BUSY_TIMEOUT_MS, type Database } from '../database.js';

/**
 * Checkpoints move the write-ahead log into the database file and sync it. SQLite would do that by itself in a commit, but it
 * tells nobody when the sync of such a checkpoint fails. So its own are off (`wal_autocheckpoint = 0`), and ours are calls
 * like any other: they throw when a write or a sync fails.
 */

/** Pages of 4 KiB in the log after which it is moved into the file: rarely, while the log stays small. */
const LOG_PAGES = 4000;
/** Pages that the log must have grown by before another try, when a reader kept the last one from completing. */
const RETRY_PAGES = 500;

/**
 * Moves the whole log into the file, and empties it.
 * @param waitMs how long to wait for readers.
 * @returns false when readers kept it from completing.
 */
export function emptyLog(database: Database, waitMs: number): boolean {
  database.exec(`PRAGMA busy_timeout = ${waitMs}`);
  try {
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
    return busy === 0;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

/** Moves as much of the log as readers allow. The file becomes shorter then, when pages at its end are free. */
export function moveLog(database: Database): void {
  database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
}

/** Keeps the log of one handle small. */
export class LogKeeper {
  readonly #database: Database;
  readonly #pagesInLog: ReturnType<Database['prepare']>;
  #limit = LOG_PAGES;

  constructor(database: Database) {
    this.#database = database;
    this.#pagesInLog = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  }

  /** True when the log is long enough to be moved. Takes some microseconds. */
  get isDue(): boolean {
    return this.#pages() >= this.#limit;
  }

  /** Moves the log into the file. The next commit begins it anew when all of it was moved. */
  move(): void {
    moveLog(this.#database);
    const { log, checkpointed } = this.#pagesInLog.get() as Pages;
    this.#limit = checkpointed < log ? log + RETRY_PAGES : LOG_PAGES;
  }

  /** A log that was moved as a whole counts as empty, since the next commit begins it anew. */
  #pages(): number {
    const { log, checkpointed } = this.#pagesInLog.get() as Pages;
    return checkpointed === log ? 0 : log;
  }
}

interface Pages {
  readonly log: number;
  readonly checkpointed: number;
}
