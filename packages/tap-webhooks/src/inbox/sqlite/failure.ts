/** What a failed call of SQLite means for the inbox. */
export type Failure =
  /** Another handle kept it waiting for too long. Nothing was written. */
  | 'busy'
  /** There was no room for a write, which was rolled back. The file is as good as before. */
  | 'room'
  /** A sync or a write failed, or a page could not be read: nobody knows any more what is on the disk. */
  | 'untrusted'
  /** The content is not what was written. */
  | 'damaged'
  /** The file cannot be opened or written as things are: rights, a read-only file system, no descriptors left. */
  | 'unusable';

// Result codes of SQLite: the primary code is the lower byte of an extended one.
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
const IO_ERROR_READ = 266;
const IO_ERROR_SHORT_READ = 522;
const IO_ERROR_WRITE = 778;
const IO_ERROR_SYNC = 1034;
const IO_ERROR_FOLDER_SYNC = 1290;

// Error numbers of Linux and macOS.
const EIO = 5;
const EACCES = 13;
const EFBIG = 27;
const ENOSPC = 28;
const EROFS = 30;
const EDQUOT = process.platform === 'darwin' ? 69 : 122;
const NO_ROOM: ReadonlySet<number> = new Set([ENOSPC, EDQUOT]);
const NOT_WRITABLE: ReadonlySet<number> = new Set([EROFS, EACCES, EFBIG]);

/** The binding gives errors that end an iteration no result code, only SQLite's text for it. */
const BY_MESSAGE: { readonly [message: string]: Failure } = {
  'database disk image is malformed': 'damaged',
  'file is not a database': 'damaged',
  'disk I/O error': 'untrusted',
  'database or disk is full': 'room',
  'database is locked': 'busy',
  'database table is locked': 'busy',
};

/** What the binding adds to an error. SQLite leaves `systemErrno` as it was when a write met a full disk (`FULL`). */
interface SqliteError extends Error {
  readonly errcode?: unknown;
  readonly systemErrno?: unknown;
}

/** A row does not hold what was written, though SQLite could read it. */
export class DamagedRow extends Error {
  override readonly name = 'DamagedRow';
}

/** Returns what it means that SQLite threw this, or that a row is damaged; undefined for any other error. */
export function failureOf(cause: unknown): Failure | undefined {
  if (cause instanceof DamagedRow) return 'damaged';
  const error = sqliteErrorIn(cause);
  if (!error) return undefined;
  const { errcode, systemErrno } = error;
  if (typeof errcode !== 'number') return BY_MESSAGE[error.message] ?? 'unusable';
  const primary = errcode & 0xff;
  if (primary === BUSY || primary === LOCKED) return 'busy';
  if (primary === CORRUPT || primary === NOT_A_DATABASE) return 'damaged';
  if (primary === FULL) return 'room';
  return primary === IO_ERROR ? ioFailure(errcode, Number(systemErrno)) : 'unusable';
}

function ioFailure(errcode: number, errno: number): Failure {
  if (errcode === IO_ERROR_SYNC || errcode === IO_ERROR_FOLDER_SYNC || errno === EIO) return 'untrusted';
  if (NO_ROOM.has(errno)) return 'room';
  if (NOT_WRITABLE.has(errno)) return 'unusable';
  return [IO_ERROR_READ, IO_ERROR_SHORT_READ, IO_ERROR_WRITE].includes(errcode) ? 'untrusted' : 'unusable';
}

/** The error itself, or the one that it wraps. */
function sqliteErrorIn(cause: unknown): SqliteError | undefined {
  for (let at = cause; at instanceof Error; at = at.cause)
    if ((at as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR') return at;
  return undefined;
}
