import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { type Database, numberOf } from '../database.js';
import { fileStamp } from './current.js';
import { logOf } from './opening.js';

/** What somebody did to files that the receiver has open. */
export type Tampering =
  /** The file was removed, or another one was put in its place. */
  | 'file removed'
  /** The log, or the index of it in memory (`-shm`), was removed, or another one was put in its place. */
  | 'log removed'
  /** Another program cut the file or wrote to it: the name and the inode stay. */
  | 'file changed'
  /** Another program cut the log or wrote over it. */
  | 'log changed';

/** Where SQLite's log keeps the salts of its header; every frame that counts repeats them. Bytes. */
const LOG_HEADER = 32;
const FRAME_HEADER = 24;
const SALTS_IN_HEADER = 16;
const SALTS_IN_FRAME = 8;
const SALTS = 8;

/** Tells whether the files of one open handle are still those that it wrote. Each look takes some microseconds. */
export class OpenFiles {
  readonly #path: string;
  readonly #pagesInLog: ReturnType<Database['prepare']>;
  readonly #frameBytes: number;
  readonly #log: number;
  readonly #identity: string;
  readonly #logIdentity: string;
  #own: FileAsWritten;
  /** The last frame of the log that was looked at. */
  #frame: { readonly number: number; readonly salts: string } | undefined;

  /** @param database the open handle, with a log. */
  constructor(path: string, database: Database) {
    this.#path = path;
    this.#pagesInLog = database.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#frameBytes = FRAME_HEADER + numberOf(database, 'PRAGMA page_size');
    this.#identity = fileStamp(path);
    this.#logIdentity = logStamp(path);
    this.#own = asWritten(path);
    this.#log = openSync(logOf(path), 'r');
  }

  /** Returns what was done to the files since the handle wrote them; undefined when nothing was. */
  tampering(): Tampering | undefined {
    if (fileStamp(this.#path) !== this.#identity) return 'file removed';
    if (logStamp(this.#path) !== this.#logIdentity) return 'log removed';
    if (!this.#isFileOurs()) return 'file changed';
    return this.#isLogOurs() ? undefined : 'log changed';
  }

  /** Runs work that moves the log into the file: the only work that writes the file itself. */
  moving<T>(work: () => T): T {
    try {
      return work();
    } finally {
      this.#own = asWritten(this.#path);
    }
  }

  close(): void {
    closeSync(this.#log);
  }

  /** A file whose time of change alone differs was only touched. */
  #isFileOurs(): boolean {
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    if (!stat || stat.size !== this.#own.size) return false;
    if (stat.mtimeMs === this.#own.changedAt) return true;
    const now = asWritten(this.#path);
    if (now.content === undefined || now.content !== this.#own.content) return false;
    this.#own = now;
    return true;
  }

  /** Compares the log's header with its last frame, and with the last one of the look before: a cut leaves a hole there. */
  #isLogOurs(): boolean {
    const { log, checkpointed } = this.#pagesInLog.get() as { log: number; checkpointed: number };
    const before = this.#frame;
    this.#frame = undefined;
    if (log === checkpointed) return true; // the file holds all of it
    const salts = this.#read(SALTS_IN_HEADER);
    const frames = [log, ...(before?.salts === salts && before.number < log ? [before.number] : [])];
    if (frames.some((number) => this.#saltsOf(number) !== salts)) {
      this.#frame = before;
      return false;
    }
    this.#frame = { number: log, salts };
    return true;
  }

  #saltsOf(frame: number): string {
    return this.#read(LOG_HEADER + (frame - 1) * this.#frameBytes + SALTS_IN_FRAME);
  }

  /** Returns salts in hex. They are random, so zeros are a hole or the end of the log: no two such places are equal. */
  #read(at: number): string {
    const bytes = Buffer.alloc(SALTS);
    readSync(this.#log, bytes, 0, SALTS, at);
    const salts = bytes.toString('hex');
    return Number.parseInt(salts, 16) === 0 ? `nothing at ${at}` : salts;
  }
}

/** The file as the last move of the log into it left it. */
interface FileAsWritten {
  readonly size: number | undefined;
  /** Epoch in ms. */
  readonly changedAt: number | undefined;
  /** Numbers that change with every event that the file alone holds; undefined when they cannot be read. */
  readonly content: string | undefined;
}

function asWritten(path: string): FileAsWritten {
  const stat = statSync(path, { throwIfNoEntry: false });
  return { size: stat?.size, changedAt: stat?.mtimeMs, content: contentOf(path) };
}

/** "immutable" leaves the log out. */
function contentOf(path: string): string | undefined {
  try {
    const database = new DatabaseSync(Object.assign(pathToFileURL(path), { search: 'immutable=1' }), {
      readOnly: true,
    });
    try {
      return [
        "SELECT value FROM meta WHERE name = 'newest'",
        'SELECT sum(id) FROM tokens',
        'SELECT first FROM incarnations ORDER BY number DESC LIMIT 1',
        'PRAGMA freelist_count',
        'PRAGMA page_count',
      ]
        .map((sql) => numberOf(database, sql))
        .join(' ');
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function logStamp(path: string): string {
  return `${fileStamp(logOf(path))} ${fileStamp(`${path}-shm`)}`;
}
