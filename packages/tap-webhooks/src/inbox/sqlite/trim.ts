import type { TrimRequest } from '../inbox.js';
import { storedNames } from './copy/known-names.js';
import { type NamedRow, RowChecks } from './copy/row-checks.js';
import { setAsideEvents } from './copy/set-aside.js';
import { type Database, numberOf } from './database.js';
import { emptyLog, moveLog } from './files/checkpoint.js';
import { noteStream } from './meta.js';
import { digestOf } from './row-digests.js';
import { dropSchemas } from './schemas.js';
import { changeStream } from './streams.js';

/** Rows of all streams that one piece deletes at most: some milliseconds of work, for which webhooks wait. */
const PIECE = 250;
/** Bytes of rows after which a piece ends. */
const PIECE_BYTES = 1024 * 1024;
/** Free pages that stay for the next events, and how many are given back to the disk at a time. A page is 4 KiB. */
const SPARE_PAGES = 256;
const PAGES_BACK = 256;
const MINUTE_MS = 60_000;
/** Counters per minute are kept for a week longer than delivery ids. */
const MINUTES_KEPT = 7 * 24 * 60;

export interface PieceRequest extends TrimRequest {
  /** Streams of which confirmed events are deleted whatever their age. */
  readonly atOnce?: readonly string[];
}

/** Deletes one piece, inside a transaction. @returns true when there is more to do. */
export function trimPiece(database: Database, request: PieceRequest): boolean {
  const room: Room = { rows: PIECE, bytes: PIECE_BYTES };
  for (const [stream, through] of Object.entries(request.confirmed)) {
    trimStream(database, stream, through, request, room);
  }
  const checks = database
    .prepare('DELETE FROM checks WHERE position IN (SELECT position FROM checks WHERE position < ? LIMIT ?)')
    .run(request.checksFrom, PIECE);
  const older = [
    `DELETE FROM delivery_ids WHERE (stream, id, item, content) IN
       (SELECT stream, id, item, content FROM delivery_ids WHERE received_at < ? LIMIT ?)`,
    'DELETE FROM old_deliveries WHERE retry_key IN (SELECT retry_key FROM old_deliveries WHERE received_at < ? LIMIT ?)',
  ].map((sql) => database.prepare(sql).run(request.deliveriesBefore, PIECE).changes);
  const minute = Math.floor(request.deliveriesBefore / MINUTE_MS) - MINUTES_KEPT;
  for (const table of ['minutes', 'refusals'])
    database.prepare(`DELETE FROM ${table} WHERE minute < ?`).run(minute);
  return isUsedUp(room) || checks.changes === PIECE || older.includes(PIECE);
}

/** What one piece may still delete. */
interface Room {
  rows: number;
  bytes: number;
}

function isUsedUp({ rows, bytes }: Room): boolean {
  return rows <= 0 || bytes <= 0;
}

/** Deletes only from the front: events after one that is too young stay too. */
function trimStream(
  database: Database,
  stream: string,
  through: number,
  request: PieceRequest,
  room: Room,
): void {
  const before = request.atOnce?.includes(stream) ? Number.MAX_SAFE_INTEGER : request.receivedBefore;
  const old = isUsedUp(room) ? [] : oldEvents(database, stream, through, before, room);
  const last = old.at(-1)?.position;
  if (last === undefined) return;
  setAsideEvents(database, damagedEvents(database, stream, last));
  const keepCheck = database.prepare(
    'INSERT OR REPLACE INTO checks (position, digest, row_digest) VALUES (?, ?, ?)',
  );
  for (const { position, digest } of old)
    if (position >= request.checksFrom)
      keepCheck.run(position, digest, digestOf('checks', { position, digest }));
  database
    .prepare('DELETE FROM events WHERE stream = (SELECT id FROM streams WHERE name = ?) AND position <= ?')
    .run(stream, last);
  countTrimmed(database, stream, last, old);
  dropSchemas(database, stream);
}

function countTrimmed(database: Database, stream: string, last: number, old: readonly OldEvent[]): void {
  const { id } = database.prepare('SELECT id FROM streams WHERE name = ?').get(stream) as { id: number };
  const bytes = old.reduce((sum, event) => sum + event.bytes, 0);
  changeStream(database, id, ({ kept, kept_bytes }) => ({
    trimmed_through: last,
    kept: kept - old.length,
    kept_bytes: kept === old.length ? 0 : Math.max(0, kept_bytes - bytes),
  }));
  noteStream(database, { id, name: stream, trimmed_through: last });
}

/** Deleting is the last time that a damaged event can be kept for a person to look at. */
function damagedEvents(database: Database, stream: string, through: number): NamedRow[] {
  const checks = new RowChecks(database, storedNames(database));
  const rows = database
    .prepare('SELECT * FROM events WHERE stream = (SELECT id FROM streams WHERE name = ?) AND position <= ?')
    .all(stream, through) as NamedRow[];
  return rows.filter((row) => !checks.isIntact('events', row));
}

interface OldEvent {
  readonly position: number;
  readonly digest: string;
  readonly received_at: number;
  readonly bytes: number;
}

function oldEvents(
  database: Database,
  stream: string,
  through: number,
  receivedBefore: number,
  room: Room,
): OldEvent[] {
  const candidates = database
    .prepare(
      `SELECT position, digest, received_at, octet_length(record) AS bytes FROM events
       WHERE stream = (SELECT id FROM streams WHERE name = ?) AND position <= ? ORDER BY position LIMIT ?`,
    )
    .all(stream, through, room.rows) as OldEvent[];
  const old: OldEvent[] = [];
  for (const event of candidates) {
    if (event.received_at >= receivedBefore || room.bytes <= 0) break;
    old.push(event);
    room.rows -= 1;
    room.bytes -= event.bytes;
  }
  return old;
}

/** Shrinks the file by some of its free pages. @returns true when there are more. */
export function giveSpaceBack(database: Database): boolean {
  const free = numberOf(database, 'PRAGMA freelist_count') - SPARE_PAGES;
  if (free <= 0) return false;
  database.exec(`PRAGMA incremental_vacuum(${Math.min(free, PAGES_BACK)})`);
  // Only a checkpoint makes the file shorter.
  if (free <= PAGES_BACK) moveLog(database);
  return free > PAGES_BACK;
}

/** How often the log is emptied at most, in ms: a checkpoint, for which webhooks wait. */
const EMPTY_EVERY_MS = 60_000;

/** Empties the log after trimming: it holds pages as they were before, with what was deleted. */
export class TrimmedLog {
  readonly #database: Database;
  #emptiedAt = Number.NEGATIVE_INFINITY;
  #isDue = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Runs the deletion of one piece, and empties the log when nothing is left to delete. @returns what `piece` returns. */
  after(piece: () => boolean): boolean {
    const before = this.#changes();
    const more = piece();
    if (this.#changes() !== before) this.#isDue = true;
    if (!more && this.#isDue && performance.now() - this.#emptiedAt >= EMPTY_EVERY_MS) this.#empty();
    return more;
  }

  #empty(): void {
    this.#isDue = !emptyLog(this.#database, 0);
    this.#emptiedAt = performance.now();
  }

  #changes(): number {
    return numberOf(this.#database, 'SELECT total_changes()');
  }
}
