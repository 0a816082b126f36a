import type { Counts } from '../judgement.js';
import type { Database } from './database.js';
import { noteStream } from './meta.js';
import { columnsOf, digestOf, requireIntact } from './row-digests.js';

const MINUTE_MS = 60_000;

/** A row of the table `streams`. */
export interface StreamRow extends Counts {
  readonly id: number;
  readonly name: string;
  readonly newest: number;
  readonly trimmed_through: number;
  readonly kept: number;
  readonly kept_bytes: number;
  readonly quarantined_bytes: number;
}

/** A row of the table `minutes`. */
interface MinuteRow extends Counts {
  readonly stream: number;
  readonly minute: number;
}

/** What one transaction adds to a stream, beside what it counts. */
export interface Added {
  readonly newest: number;
  readonly bytes: number;
  readonly quarantinedBytes: number;
  /** Of its first event, epoch in ms. */
  readonly receivedAt: number;
}

const CHANGING = columnsOf('streams').slice(2);
const PUT_STREAM = `UPDATE streams SET ${CHANGING.map((column) => `${column} = ?`).join(', ')}, digest = ? WHERE id = ?`;

/**
 * The rows of `streams` and `minutes`, for the one process that writes them. It caches them: each is compared with its digest
 * when it is read, so a value that the disk has changed is never counted on and stored with a new digest.
 */
export class Streams {
  readonly #sql: ReturnType<typeof prepareAll>;
  readonly #database: Database;
  readonly #rows = new Map<string, StreamRow>();
  /** The last minute of each stream, by its id. */
  readonly #minutes = new Map<number, MinuteRow>();

  constructor(database: Database) {
    this.#database = database;
    this.#sql = prepareAll(database);
  }

  /** Drops what is cached. Call it after a failed transaction, and whenever something else has changed the tables. */
  forget(): void {
    this.#rows.clear();
    this.#minutes.clear();
  }

  /** Returns the number of a stream, which is added when there is none of that name. @throws DamagedRow */
  idOf(name: string): number {
    return this.#row(name).id;
  }

  /** Adds to the counters of a stream. @throws DamagedRow */
  add(name: string, counts: Counts, { newest, bytes, quarantinedBytes, receivedAt }: Added): void {
    const row = this.#row(name);
    const sum: StreamRow = {
      ...row,
      ...plus(row, counts),
      newest: Math.max(row.newest, newest),
      kept: row.kept + counts.stored,
      kept_bytes: row.kept_bytes + bytes,
      quarantined_bytes: row.quarantined_bytes + quarantinedBytes,
    };
    putStream(this.#sql.putStream, sum);
    this.#rows.set(name, sum);
    this.#addMinute(row.id, Math.floor(receivedAt / MINUTE_MS), counts);
  }

  #addMinute(stream: number, minute: number, counts: Counts): void {
    const before = this.#minute(stream, minute);
    const sum: MinuteRow = { stream, minute, ...(before ? plus(before, counts) : countsIn(counts)) };
    const { stored, duplicate, filtered, quarantined } = sum;
    this.#sql.putMinute.run(
      stream,
      minute,
      stored,
      duplicate,
      filtered,
      quarantined,
      digestOf('minutes', sum as never),
    );
    this.#minutes.set(stream, sum);
  }

  #minute(stream: number, minute: number): MinuteRow | undefined {
    const cached = this.#minutes.get(stream);
    if (cached?.minute === minute) return cached;
    const row = this.#sql.minute.get(stream, minute) as MinuteRow | undefined;
    return row && requireIntact('minutes', row);
  }

  #row(name: string): StreamRow {
    const cached = this.#rows.get(name);
    if (cached) return cached;
    const found = this.#sql.stream.get(name) as StreamRow | undefined;
    const row = found ? requireIntact('streams', found) : this.#added(name);
    this.#rows.set(name, row);
    return row;
  }

  #added(name: string): StreamRow {
    const row = this.#sql.addStream.get(name) as unknown as StreamRow;
    putStream(this.#sql.putStream, row);
    noteStream(this.#database, row);
    return row;
  }
}

/** Changes a row of the table `streams`, inside a transaction. Does nothing without such a stream. @throws DamagedRow */
export function changeStream(
  database: Database,
  id: number,
  change: (row: StreamRow) => Partial<StreamRow>,
): void {
  const row = database.prepare('SELECT * FROM streams WHERE id = ?').get(id) as StreamRow | undefined;
  if (row) putStream(database.prepare(PUT_STREAM), { ...requireIntact('streams', row), ...change(row) });
}

function putStream(put: ReturnType<Database['prepare']>, row: StreamRow): void {
  const values = row as unknown as { readonly [column: string]: number };
  put.run(...CHANGING.map((column) => values[column] as number), digestOf('streams', values), row.id);
}

function plus(one: Counts, other: Counts): Counts {
  return {
    stored: one.stored + other.stored,
    duplicate: one.duplicate + other.duplicate,
    filtered: one.filtered + other.filtered,
    quarantined: one.quarantined + other.quarantined,
  };
}

function countsIn({ stored, duplicate, filtered, quarantined }: Counts): Counts {
  return { stored, duplicate, filtered, quarantined };
}

function prepareAll(database: Database) {
  return {
    stream: database.prepare('SELECT * FROM streams WHERE name = ?'),
    addStream: database.prepare('INSERT INTO streams (name) VALUES (?) RETURNING *'),
    putStream: database.prepare(PUT_STREAM),
    minute: database.prepare('SELECT * FROM minutes WHERE stream = ? AND minute = ?'),
    putMinute: database.prepare(
      `INSERT OR REPLACE INTO minutes (stream, minute, stored, duplicate, filtered, quarantined, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
  };
}
