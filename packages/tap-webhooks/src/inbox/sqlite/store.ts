import type { Entry, StreamSchema, TrimRequest } from '../inbox.js';
import { type Counts, type Quarantined, type SavedSequence, type Store, StoreFailure } from '../store.js';
import { type Database, numberOf, sqliteCode } from './database.js';
import { giveSpaceBack, trimPiece } from './trim.js';

/** "Last used" of a token is written no oftener than this, in ms. */
const TOUCH_EVERY_MS = 1000;

type Statement = ReturnType<Database['prepare']>;

/** The writing half on SQLite. Statements are prepared once. */
export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof prepareAll>;
  readonly #streams = new Map<string, number>();
  readonly #touched = new Map<number, number>();
  /** Of the streams that got rows in this transaction. */
  readonly #newestOf = new Map<string, number>();
  #lastPosition = 0;
  #mark = Number.NEGATIVE_INFINITY;

  constructor(database: Database) {
    this.#database = database;
    this.#sql = prepareAll(database);
  }

  /** @throws StoreFailure when SQLite failed: the handle must not be used any more. What the work threw otherwise. */
  transaction<T>(work: () => T): T {
    const { begin, commit, rollback } = this.#sql;
    this.#lastPosition = 0;
    return this.#atomically(work, begin, commit, [rollback]);
  }

  /** A savepoint. @throws as `transaction` does. */
  part<T>(work: () => T): T {
    const { savepoint, release, rollbackTo } = this.#sql;
    return this.#atomically(work, savepoint, release, [rollbackTo, release]);
  }

  #atomically<T>(work: () => T, begin: Statement, end: Statement, undo: readonly Statement[]): T {
    return trusting(() => {
      begin.run();
      try {
        const result = work();
        if (this.#lastPosition > 0) this.#sql.putMeta.run(this.#lastPosition, 'newest');
        end.run();
        return result;
      } catch (cause) {
        this.#forget();
        if (this.#database.isTransaction) for (const statement of undo) statement.run();
        throw cause;
      }
    });
  }

  /** What was held of work that is undone. */
  #forget(): void {
    this.#lastPosition = 0;
    this.#mark = Number.NEGATIVE_INFINITY;
    for (const collected of [this.#streams, this.#touched, this.#newestOf]) collected.clear();
  }

  newest(): number {
    return numberOf(this.#database, "SELECT value FROM meta WHERE name = 'newest'");
  }

  addEvent({ position, stream, receivedAt, sequence, schemaVersion, check, row }: Entry): void {
    this.#sql.addEvent.run(position, this.#idOf(stream), receivedAt, sequence, schemaVersion, check, row);
    this.#lastPosition = position;
    this.#newestOf.set(stream, position);
  }

  addCounts(stream: string, { stored, duplicate, filtered, quarantined }: Counts): void {
    const newest = this.#newestOf.get(stream) ?? 0;
    this.#sql.addCounts.run(newest, stored, stored, duplicate, filtered, quarantined, this.#idOf(stream));
    this.#newestOf.delete(stream);
  }

  hasDelivery(retryKey: string): boolean {
    return this.#sql.hasDelivery.get(retryKey) !== undefined;
  }

  addDelivery(retryKey: string, receivedAt: number): void {
    this.#sql.addDelivery.run(retryKey, receivedAt);
  }

  addQuarantined({ stream, receivedAt, sequence, deliveryId, reason, body }: Quarantined): void {
    this.#sql.addQuarantined.run(this.#idOf(stream), receivedAt, sequence, deliveryId, reason, body);
  }

  newestSchema(stream: string): StreamSchema | undefined {
    const row = this.#sql.newestSchema.get(stream) as { version: number; description: string } | undefined;
    return row && { stream, version: row.version, ...JSON.parse(row.description) };
  }

  putSchema({ stream, version, ...description }: StreamSchema): void {
    this.#sql.putSchema.run(this.#idOf(stream), version, JSON.stringify(description));
  }

  sequence(): SavedSequence {
    const rows = this.#sql.sequenceKeys.all() as Array<{ digest: string; sequence: number }>;
    return {
      mark: numberOf(this.#database, "SELECT value FROM meta WHERE name = 'sequence_mark'"),
      keys: new Map(rows.map(({ digest, sequence }) => [digest, sequence])),
    };
  }

  putSequence({ mark, keys }: SavedSequence): void {
    if (mark > this.#mark) {
      this.#sql.putMeta.run(mark, 'sequence_mark');
      this.#sql.forgetKeys.run(mark);
      this.#mark = mark;
    }
    for (const [digest, sequence] of keys) this.#sql.putKey.run(digest, sequence);
  }

  touchToken(id: number, usedAt: number): void {
    // A clock that was set back must not stop it until it has caught up.
    if (Math.abs(usedAt - (this.#touched.get(id) ?? 0)) < TOUCH_EVERY_MS) return;
    this.#sql.touchToken.run(usedAt, id);
    this.#touched.set(id, usedAt);
  }

  trim(request: TrimRequest): boolean {
    const more = this.transaction(() => trimPiece(this.#database, request));
    return trusting(() => giveSpaceBack(this.#database)) || more;
  }

  #idOf(stream: string): number {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    this.#sql.addStream.run(stream);
    const { id } = this.#sql.streamId.get(stream) as { id: number };
    this.#streams.set(stream, id);
    return id;
  }
}

/** What SQLite cannot do is a StoreFailure; anything else that is thrown is a defect, and passes. */
function trusting<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (sqliteCode(cause) === undefined) throw cause;
    throw new StoreFailure((cause as Error).message, { cause });
  }
}

function prepareAll(database: Database) {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    savepoint: database.prepare('SAVEPOINT part'),
    rollbackTo: database.prepare('ROLLBACK TO part'),
    release: database.prepare('RELEASE part'),
    putMeta: database.prepare('UPDATE meta SET value = ? WHERE name = ?'),
    addStream: database.prepare('INSERT INTO streams (name) VALUES (?) ON CONFLICT DO NOTHING'),
    streamId: database.prepare('SELECT id FROM streams WHERE name = ?'),
    addEvent: database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)'),
    addCounts: database.prepare(
      `UPDATE streams SET newest = max(newest, ?), kept = kept + ?, stored = stored + ?, duplicate = duplicate + ?,
       filtered = filtered + ?, quarantined = quarantined + ? WHERE id = ?`,
    ),
    hasDelivery: database.prepare('SELECT 1 FROM deliveries WHERE retry_key = ?'),
    addDelivery: database.prepare('INSERT INTO deliveries VALUES (?, ?)'),
    addQuarantined: database.prepare(
      'INSERT INTO quarantine (stream, received_at, sequence, delivery_id, reason, body) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    newestSchema: database.prepare(
      `SELECT version, description FROM schemas JOIN streams ON streams.id = schemas.stream
       WHERE name = ? ORDER BY version DESC LIMIT 1`,
    ),
    putSchema: database.prepare('INSERT INTO schemas VALUES (?, ?, ?)'),
    sequenceKeys: database.prepare('SELECT digest, sequence FROM sequence_keys'),
    forgetKeys: database.prepare('DELETE FROM sequence_keys WHERE sequence < ?'),
    putKey: database.prepare('INSERT OR REPLACE INTO sequence_keys VALUES (?, ?)'),
    touchToken: database.prepare('UPDATE tokens SET last_used_at = ? WHERE id = ?'),
  };
}
