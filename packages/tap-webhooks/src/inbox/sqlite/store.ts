import type { Delivery, IntegrationRules, Outcome, StreamSchema, TrimRequest } from '../inbox.js';
import { judge } from '../judge.js';
import type { Counts, Known, SavedSequence, Written } from '../judgement.js';
import { type Needs, prepare } from '../prepare.js';
import { Shapes, schemasOfRules } from '../shapes.js';
import { type Database, numberOf, sqliteCode } from './database.js';
import { newestSchemas } from './schemas.js';
import { giveSpaceBack, trimPiece } from './trim.js';

/** "Last used" of a token is written at most this often, in ms. */
const TOUCH_EVERY_MS = 1000;

/** SQLite could not do what it was asked for: nothing of the transaction may be trusted, nor its handle. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** The stored data that the writer caches in memory, since nobody else writes it. Rebuilt after a failed transaction. */
interface Memory {
  newest: number;
  readonly schemas: Map<string, StreamSchema>;
  readonly sequence: { mark: number; readonly keys: Map<string, number> };
  /** Name of each stream → its id in the table. */
  readonly streams: Map<string, number>;
  /** Id of each token → when its last use was written, epoch in ms. */
  readonly touched: Map<number, number>;
}

/** The writing half on SQLite. Each method is one transaction, durable when it returns. Statements are prepared once. */
export class SqliteStore {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof prepareAll>;
  readonly #shapes = new Shapes();
  #rules: ReadonlyMap<string, IntegrationRules> = new Map();
  #memory: Memory;

  constructor(database: Database) {
    this.#database = database;
    this.#sql = prepareAll(database);
    this.#memory = this.#readMemory();
  }

  /** Highest position that is durable. */
  get newest(): number {
    return this.#memory.newest;
  }

  /** Replaces the rules; what differs from a stored schema or key is the stream's next version. @throws StoreFailure */
  setRules(rules: readonly IntegrationRules[]): void {
    this.#transaction((memory) => {
      for (const schema of schemasOfRules(rules, memory.schemas)) this.#putSchema(schema, memory);
    });
    this.#rules = new Map(rules.map((one) => [one.name, one]));
  }

  /** Judges the deliveries and stores what they became. @throws StoreFailure when nothing could be made durable. */
  record(deliveries: readonly Delivery[]): readonly Outcome[] {
    const prepared = prepare(deliveries, this.#rules);
    return this.#transaction((memory) => {
      const written = judge(this.#known(prepared.needs, memory), prepared, this.#shapes);
      this.#write(written, memory);
      return written.outcomes;
    });
  }

  /** One small piece. @returns true when there is more to do. @throws StoreFailure */
  trim(request: TrimRequest): boolean {
    const more = this.#transaction(() => trimPiece(this.#database, request));
    return trusting(() => giveSpaceBack(this.#database)) || more;
  }

  /** When the work throws, nothing of it is kept, neither on disk nor in memory. */
  #transaction<T>(work: (memory: Memory) => T): T {
    return trusting(() => {
      this.#sql.begin.run();
      try {
        const result = work(this.#memory);
        this.#sql.commit.run();
        return result;
      } catch (cause) {
        this.#shapes.forget();
        if (this.#database.isTransaction) this.#sql.rollback.run();
        if (sqliteCode(cause) === undefined) this.#memory = this.#readMemory();
        throw cause;
      }
    });
  }

  #readMemory(): Memory {
    const keys = this.#sql.sequenceKeys.all() as Array<{ digest: string; sequence: number }>;
    return {
      newest: numberOf(this.#database, "SELECT value FROM meta WHERE name = 'newest'"),
      schemas: new Map(newestSchemas(this.#database).map((schema) => [schema.stream, schema])),
      sequence: {
        mark: numberOf(this.#database, "SELECT value FROM meta WHERE name = 'sequence_mark'"),
        keys: new Map(keys.map(({ digest, sequence }) => [digest, sequence])),
      },
      streams: new Map(),
      touched: new Map(),
    };
  }

  #known({ retryKeys }: Needs, { newest, schemas, sequence }: Memory): Known {
    const held = retryKeys.filter((key) => this.#sql.hasDelivery.get(key) !== undefined);
    return { newest, schemas, sequence, retryKeys: new Set(held) };
  }

  #write(written: Written, memory: Memory): void {
    const newest = new Map<string, number>();
    for (const schema of written.schemas) this.#putSchema(schema, memory);
    for (const { position, stream, receivedAt, sequence, schemaVersion, check, row } of written.rows) {
      const id = this.#idOf(stream, memory);
      this.#sql.addEvent.run(position, id, receivedAt, sequence, schemaVersion, check, row);
      newest.set(stream, position);
      memory.newest = position;
    }
    if (written.rows.length > 0) this.#sql.putMeta.run(memory.newest, 'newest');
    for (const [key, receivedAt] of written.retryKeys) this.#sql.addDelivery.run(key, receivedAt);
    for (const { stream, receivedAt, sequence, deliveryId, reason, body } of written.quarantined) {
      const id = this.#idOf(stream, memory);
      this.#sql.addQuarantined.run(id, receivedAt, sequence, deliveryId, reason, body);
    }
    for (const [stream, counts] of written.counts)
      this.#addCounts(stream, newest.get(stream), counts, memory);
    this.#putSequence(written.sequence, memory.sequence);
    for (const [id, usedAt] of written.tokens) this.#touchToken(id, usedAt, memory);
  }

  #putSchema(schema: StreamSchema, memory: Memory): void {
    const { stream, version, ...description } = schema;
    this.#sql.putSchema.run(this.#idOf(stream, memory), version, JSON.stringify(description));
    memory.schemas.set(stream, schema);
  }

  #addCounts(stream: string, newest: number | undefined, counts: Counts, memory: Memory): void {
    const { stored, duplicate, filtered, quarantined } = counts;
    if (stored + duplicate + filtered + quarantined === 0) return;
    const id = this.#idOf(stream, memory);
    this.#sql.addCounts.run(newest ?? 0, stored, stored, duplicate, filtered, quarantined, id);
  }

  #putSequence({ mark, keys }: SavedSequence, stored: Memory['sequence']): void {
    if (mark > stored.mark) {
      this.#sql.putMeta.run(mark, 'sequence_mark');
      this.#sql.forgetKeys.run(mark);
      for (const [key, last] of stored.keys) if (last < mark) stored.keys.delete(key);
      stored.mark = mark;
    }
    for (const [key, last] of keys) {
      this.#sql.putKey.run(key, last);
      stored.keys.set(key, last);
    }
  }

  /** A clock that was set back must not stop it until it has caught up. */
  #touchToken(id: number, usedAt: number, { touched }: Memory): void {
    if (Math.abs(usedAt - (touched.get(id) ?? 0)) < TOUCH_EVERY_MS) return;
    this.#sql.touchToken.run(usedAt, id);
    touched.set(id, usedAt);
  }

  #idOf(stream: string, { streams }: Memory): number {
    const known = streams.get(stream);
    if (known !== undefined) return known;
    this.#sql.addStream.run(stream);
    const { id } = this.#sql.streamId.get(stream) as { id: number };
    streams.set(stream, id);
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
    putSchema: database.prepare('INSERT INTO schemas VALUES (?, ?, ?)'),
    sequenceKeys: database.prepare('SELECT digest, sequence FROM sequence_keys'),
    forgetKeys: database.prepare('DELETE FROM sequence_keys WHERE sequence < ?'),
    putKey: database.prepare('INSERT OR REPLACE INTO sequence_keys VALUES (?, ?)'),
    touchToken: database.prepare('UPDATE tokens SET last_used_at = ? WHERE id = ?'),
  };
}
