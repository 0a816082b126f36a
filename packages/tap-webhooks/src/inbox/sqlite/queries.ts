import { statSync } from 'node:fs';
import { isIntact } from '../digest.js';
import {
  type Entry,
  type Incarnation,
  incarnationAt,
  type ReadRequest,
  type Refusals,
  type StreamSchema,
  type StreamStatus,
  type TokenRecord,
} from '../inbox.js';
import { type Database, numberOf } from './database.js';
import { failureOf } from './failure.js';
import { inboxFile, openForReading } from './files/opening.js';
import { incarnationsOf } from './incarnations.js';
import { numberInMeta } from './meta.js';
import { requireIntact } from './row-digests.js';
import { newestOfEpoch, newestSchemas, schemaFrom } from './schemas.js';
import type { Notice } from './threads/messages.js';
import { damagedTokens, TokenQueries } from './tokens.js';

const MINUTE_MS = 60_000;

/** What the reading thread serves: the reader's methods. Each call is a short transaction of its own. */
export class SqliteQueries extends TokenQueries {
  readonly #file: string;
  readonly #damaged = new Set<number>();
  readonly #damagedTokens = new Set<number>();
  readonly #notices: Notice[] = [];

  constructor(folder: string) {
    super(openForReading(folder));
    this.#file = inboxFile(folder);
  }

  incarnations(): Incarnation[] {
    return incarnationsOf(this.database);
  }

  newest(): number {
    return numberInMeta(this.database, 'newest');
  }

  /**
   * Finds the next positions of each stream in the index, then reads their rows, and never rows of other streams. Events that
   * cannot be read, or are not what was recorded, are left out and noted.
   */
  read(request: ReadRequest): Entry[] {
    this.database.exec('BEGIN');
    try {
      let after = request.after;
      for (;;) {
        const positions = this.#nextPositions({ ...request, after });
        const last = positions.at(-1);
        const entries = this.#entriesAt(positions, request.limitBytes);
        if (entries.length > 0 || last === undefined) return entries;
        // All of them are damaged: what comes after them goes on.
        after = Object.fromEntries(
          Object.entries(after).map(([stream, from]) => [stream, Math.max(from, last)]),
        );
      }
    } finally {
      this.#end();
    }
  }

  /** Ends a transaction that only read. SQLite may have ended it, and tells here again that a page was damaged. */
  #end(): void {
    try {
      if (this.database.isTransaction) this.database.exec('COMMIT');
    } catch (cause) {
      if (!isOfDisk(cause)) throw cause;
    }
  }

  #entriesAt(positions: readonly number[], limitBytes: number): Entry[] {
    const incarnations = incarnationsOf(this.database);
    const entries: Entry[] = [];
    let bytes = 0;
    for (const row of this.#rowsAt(positions)) {
      const entry = entryOf(row, incarnationAt(incarnations, row.position) ?? '');
      if (!isIntact(entry)) {
        this.#noteDamaged(entry.position, 'is not what was recorded');
        continue;
      }
      entries.push(entry);
      bytes += row.record.length;
      if (bytes >= limitBytes) break;
    }
    return entries;
  }

  #noteDamaged(position: number, what: string): void {
    if (this.#damaged.has(position)) return;
    this.#damaged.add(position);
    this.#notices.push({
      level: 'error',
      message: `An event ${what}, so it is left out: see \`tap-webhooks inbox verify\`, then use \`tap-webhooks inbox rescue\``,
      fields: { position },
    });
  }

  /** Positions of the events that were left out, since the disk has damaged them. */
  damaged(): number[] {
    return [...this.#damaged];
  }

  /** Returns what a person should know and was not told yet. */
  takeNotices(): Notice[] {
    return this.#notices.splice(0);
  }

  #nextPositions({ after, through, limit }: ReadRequest): number[] {
    const next = this.database.prepare(
      `SELECT position FROM events WHERE stream = (SELECT id FROM streams WHERE name = ?)
       AND position > ? AND position <= ? ORDER BY position LIMIT ?`,
    );
    return Object.entries(after)
      .flatMap(([stream, from]) => next.all(stream, from, through, limit) as Array<{ position: number }>)
      .map(({ position }) => position)
      .sort((one, other) => one - other)
      .slice(0, limit);
  }

  /** Rows that follow one another are read by one statement. When a page is damaged, each row is read by itself. */
  *#rowsAt(positions: readonly number[]): Iterable<EventRow> {
    const [first = 0] = positions;
    const last = positions.at(-1) ?? -1;
    let read = 0;
    if (last - first === positions.length - 1) {
      try {
        for (const row of this.database.prepare(EVENTS).iterate(first, last) as Iterable<EventRow>) {
          read += 1;
          yield row;
        }
        return;
      } catch (cause) {
        if (!isOfDisk(cause)) throw cause;
      }
    }
    const one = this.database.prepare(EVENTS);
    for (const position of positions.slice(read)) {
      const row = this.#rowAt(one, position);
      if (row) yield row;
    }
  }

  #rowAt(statement: ReturnType<Database['prepare']>, position: number): EventRow | undefined {
    try {
      return statement.get(position, position) as EventRow;
    } catch (cause) {
      if (!isOfDisk(cause)) throw cause;
      this.#noteDamaged(position, 'cannot be read');
      return undefined;
    }
  }

  schema(stream: string, version: number): StreamSchema {
    const schema = schemaFrom(this.database, stream, version);
    if (!schema) throw new Error(`the inbox has no version ${version} of the schema of ${stream}`);
    return schema;
  }

  newestOfEpoch(stream: string, version: number): StreamSchema {
    const schema = newestOfEpoch(this.database, stream, version);
    if (!schema) throw new Error(`the inbox has no version ${version} of the schema of ${stream}`);
    return schema;
  }

  schemas(): StreamSchema[] {
    return newestSchemas(this.database);
  }

  check(position: number): string | undefined {
    const event = this.database.prepare('SELECT digest FROM events WHERE position = ?').get(position);
    if (event) return (event as { digest: string }).digest;
    const row = this.database.prepare('SELECT * FROM checks WHERE position = ?').get(position);
    return row && (requireIntact('checks', row) as { digest: string }).digest;
  }

  /** Says which live URLs are refused, since the disk has damaged them. */
  override liveTokens(): TokenRecord[] {
    for (const { id, integration } of damagedTokens(this.database)) {
      if (this.#damagedTokens.has(id)) continue;
      this.#damagedTokens.add(id);
      this.#notices.push({
        level: 'error',
        message:
          'The disk has damaged a URL of the inbox, so webhooks to it are refused: make a new one with `tap-webhooks url create`, give it to the sender, then use `tap-webhooks inbox rescue`',
        fields: { id, integration },
      });
    }
    return super.liveTokens();
  }

  streams(): StreamStatus[] {
    const rows = this.database.prepare(STREAMS).all() as StreamRow[];
    return rows.map((row) => statusOf(requireIntact('streams', row)));
  }

  totals(): { bytes: number; quarantined: number } {
    const bytes = sizeOf(this.#file) + sizeOf(`${this.#file}-wal`);
    return { bytes, quarantined: numberOf(this.database, 'SELECT count(*) FROM quarantine') };
  }

  refusals(since: number): Refusals[] {
    // A receiver of an earlier version has made no such table.
    if (numberOf(this.database, "SELECT count(*) FROM sqlite_schema WHERE name = 'refusals'") === 0)
      return [];
    const rows = this.database
      .prepare(
        `SELECT integration, reason, max(minute) AS minute, sum(count) AS count FROM refusals WHERE minute >= ?
         GROUP BY integration, reason ORDER BY integration, reason`,
      )
      .all(Math.floor(since / MINUTE_MS)) as Array<Refusals & { integration: string }>;
    return rows.map(({ integration, minute, ...rest }) => ({
      integration: integration === '' ? null : integration,
      minute: minute * MINUTE_MS,
      ...rest,
    }));
  }

  close(): void {
    this.database.close();
  }
}

function isOfDisk(cause: unknown): boolean {
  const failure = failureOf(cause);
  return failure === 'damaged' || failure === 'untrusted';
}

interface EventRow {
  readonly position: number;
  readonly name: string;
  readonly received_at: number;
  readonly sequence: number;
  readonly schema_version: number;
  readonly digest: string;
  readonly record: string;
  readonly delivery_id: string | null;
  readonly event_type: string | null;
}

/** `+` keeps SQLite from starting with the streams: the table is in position order already. */
const EVENTS = `SELECT position, name, received_at, sequence, schema_version, events.digest, record, delivery_id, event_type
  FROM events JOIN streams ON streams.id = +events.stream
  WHERE position BETWEEN ? AND ? ORDER BY position`;

function entryOf(row: EventRow, inbox: string): Entry {
  return {
    position: row.position,
    inbox,
    stream: row.name,
    receivedAt: row.received_at,
    sequence: row.sequence,
    schemaVersion: row.schema_version,
    deliveryId: row.delivery_id,
    eventType: row.event_type,
    check: row.digest,
    row: row.record,
  };
}

interface StreamRow {
  readonly name: string;
  readonly newest: number;
  readonly trimmed_through: number;
  readonly kept: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly oldest: number | null;
  readonly oldest_received_at: number | null;
}

const STREAMS = `SELECT streams.*, first.position AS oldest, first.received_at AS oldest_received_at
  FROM streams LEFT JOIN events AS first
    ON first.position = (SELECT min(position) FROM events WHERE events.stream = streams.id)
  ORDER BY name`;

function statusOf(row: StreamRow): StreamStatus {
  const { stored, duplicate, filtered, quarantined } = row;
  return {
    stream: row.name,
    newest: row.newest,
    oldest: row.oldest,
    oldestReceivedAt: row.oldest_received_at,
    trimmedThrough: row.trimmed_through,
    kept: row.kept,
    counters: { stored, duplicate, filtered, quarantined },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
