import { ConfirmedClock } from '../clock.js';
import { rowDigest } from '../digest.js';
import { retryKeyOfFormat1 } from '../event-keys.js';
import {
  type Delivery,
  type Incarnation,
  type IntegrationRules,
  newestIncarnation,
  type Outcome,
  type Refusals,
  type StreamSchema,
} from '../inbox.js';
import { judge } from '../judge.js';
import type { Counts, Known, Quarantined, SavedSequence, SeenDelivery, Written } from '../judgement.js';
import { type Needs, prepare, type WantedKey } from '../prepare.js';
import { Shapes, schemasOfRules } from '../shapes.js';
import { type Database, numberOf, sqliteCode } from './database.js';
import { beginIncarnation, incarnationsOf } from './incarnations.js';
import { numberInMeta, PUT_META } from './meta.js';
import { digestOf, intactRows, requireIntact } from './row-digests.js';
import { type Chain, chainOf, chainWith, fillRebuilt, newestSchemas, schemaToStore } from './schemas.js';
import { Streams } from './streams.js';
import { changeToken } from './tokens.js';
import { giveSpaceBack, type PieceRequest, TrimmedLog, trimPiece } from './trim.js';

/** "Last used" of a token is written at most this often, in ms. */
const TOUCH_EVERY_MS = 1000;
const MINUTE_MS = 60_000;
/** How often the confirmed time is stored, in ms. */
const STORE_TIME_EVERY_MS = 60_000;

/** SQLite could not do what it was asked for: nothing of the transaction may be trusted, nor its handle. */
class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** The stored data that the writer caches in memory, since nobody else writes it. Rebuilt after a failed transaction. */
interface Memory {
  newest: number;
  /** Id of the newest incarnation. */
  incarnation: string;
  /** True while keys of format 1 are stored. Once they are trimmed, none comes again. */
  readonly hasOldKeys: boolean;
  readonly schemas: Map<string, StreamSchema>;
  /** How each stream's schemas are stored; filled when one is added. */
  readonly chains: Map<string, Chain>;
  readonly sequence: { mark: number; readonly keys: Map<string, number> };
  /** Id of each token → when its last use was written, epoch in ms. */
  readonly touched: Map<number, number>;
}

/** The writing half on SQLite. Each method is one transaction, durable when it returns. Statements are prepared once. */
export class SqliteStore {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof prepareAll>;
  readonly #shapes = new Shapes();
  readonly #streams: Streams;
  readonly #clock: ConfirmedClock;
  #rules: ReadonlyMap<string, IntegrationRules> = new Map();
  readonly #trimmedLog: TrimmedLog;
  #memory: Memory;
  #storedTime: number;

  constructor(database: Database) {
    this.#database = database;
    this.#sql = prepareAll(database);
    this.#streams = new Streams(database);
    this.#memory = this.#readMemory();
    this.#trimmedLog = new TrimmedLog(database);
    const stored = numberInMeta(database, 'confirmed_time');
    this.#clock = new ConfirmedClock(stored);
    this.#storedTime = stored;
  }

  /** The latest time that may be used to delete things, epoch in ms. It is stored now and then. @throws StoreFailure */
  confirmedTime(): number {
    const now = this.#clock.now();
    if (Math.abs(now - this.#storedTime) >= STORE_TIME_EVERY_MS) {
      this.#transaction(() => this.#putMeta('confirmed_time', now));
      this.#storedTime = now;
    }
    return now;
  }

  /** Highest position that is durable. */
  get newest(): number {
    return this.#memory.newest;
  }

  /** Replaces the rules; what differs from a stored schema or key is the stream's next version. @throws StoreFailure */
  setRules(rules: readonly IntegrationRules[]): void {
    const byStream = new Map(rules.map((one) => [one.stream, one]));
    this.#transaction((memory) => {
      if (fillRebuilt(this.#database, byStream))
        for (const schema of newestSchemas(this.#database)) memory.schemas.set(schema.stream, schema);
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

  /** Adds to the numbers of refused requests. @throws StoreFailure */
  addRefusals(refusals: readonly Refusals[]): void {
    this.#transaction(() => {
      for (const { integration, reason, minute, count } of refusals)
        this.#addRefusal(integration ?? '', reason, Math.floor(minute / MINUTE_MS), count);
    });
  }

  #addRefusal(integration: string, reason: string, minute: number, count: number): void {
    const found = this.#sql.refusals.get(integration, reason, minute) as { count: number } | undefined;
    const before = found ? requireIntact('refusals', found).count : 0;
    const row = { integration, reason, minute, count: before + count };
    this.#sql.putRefusals.run(integration, reason, minute, row.count, digestOf('refusals', row));
  }

  /** Begins a new incarnation at the next position. @throws StoreFailure */
  renew(now: number): Incarnation {
    return this.#transaction((memory) => {
      const begun = beginIncarnation(this.#database, memory.newest + 1, now);
      memory.incarnation = begun.id;
      return begun;
    });
  }

  /** One small piece. @returns true when there is more to do. @throws StoreFailure */
  trim(request: PieceRequest): boolean {
    return trusting(() =>
      this.#trimmedLog.after(() => {
        const more = this.#transaction(() => trimPiece(this.#database, request));
        this.#streams.forget();
        return giveSpaceBack(this.#database) || more;
      }),
    );
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
        this.#streams.forget();
        if (this.#database.isTransaction) this.#sql.rollback.run();
        if (sqliteCode(cause) === undefined) this.#memory = this.#readMemory();
        throw cause;
      }
    });
  }

  /** Compares with their digests all rows that the writer goes on from. @throws DamagedRow */
  #readMemory(): Memory {
    for (const table of ['meta', 'streams', 'tokens'] as const) intactRows(this.#database, table);
    const keys = intactRows<{ digest: string; sequence: number }>(this.#database, 'sequence_keys');
    return {
      newest: numberInMeta(this.#database, 'newest'),
      incarnation: newestIncarnation(incarnationsOf(this.#database)).id,
      hasOldKeys: numberOf(this.#database, 'SELECT count(*) FROM (SELECT 1 FROM old_deliveries LIMIT 1)') > 0,
      schemas: new Map(newestSchemas(this.#database).map((schema) => [schema.stream, schema])),
      chains: new Map(),
      sequence: {
        mark: numberInMeta(this.#database, 'sequence_mark'),
        keys: new Map(keys.map(({ digest, sequence }) => [digest, sequence])),
      },
      touched: new Map(),
    };
  }

  #known({ retryKeys }: Needs, memory: Memory): Known {
    const { newest, incarnation, schemas, sequence } = memory;
    const held = retryKeys.filter((key) => this.#holds(key, memory)).map(({ name }) => name);
    const confirmedTime = this.#clock.now();
    return { newest, incarnation, schemas, sequence, confirmedTime, retryKeys: new Set(held) };
  }

  #holds(key: WantedKey, memory: Memory): boolean {
    const { stream, id, index, content, text, wholeId } = key;
    const streamId = this.#streams.idOf(stream);
    if (key.idAloneDecides) return this.#sql.hasId.get(streamId, id, index) !== undefined;
    if (this.#sql.hasDelivery.get(streamId, id, index, content) !== undefined) return true;
    if (!memory.hasOldKeys || text === undefined) return false;
    return this.#sql.hasOldDelivery.get(retryKeyOfFormat1(stream, wholeId, index, text)) !== undefined;
  }

  #write(written: Written, memory: Memory): void {
    const added = new Map<string, Added>();
    for (const schema of written.schemas) this.#putSchema(schema, memory);
    for (const entry of written.rows) {
      const { position, stream, receivedAt, sequence, schemaVersion, check, row, deliveryId, eventType } =
        entry;
      const id = this.#streams.idOf(stream);
      this.#sql.addEvent.run(
        position,
        id,
        receivedAt,
        sequence,
        schemaVersion,
        check,
        row,
        deliveryId,
        eventType,
      );
      const sums = addedTo(added, stream, receivedAt);
      sums.newest = position;
      sums.bytes += Buffer.byteLength(row);
      memory.newest = position;
    }
    if (written.rows.length > 0) this.#putMeta('newest', memory.newest);
    for (const seen of written.retryKeys.values()) this.#addDelivery(seen);
    for (const event of written.quarantined) {
      this.#addQuarantined(event);
      addedTo(added, event.stream, event.receivedAt).quarantinedBytes += event.body.length;
    }
    for (const [stream, counts] of written.counts) this.#addCounts(stream, counts, added.get(stream));
    this.#putSequence(written.sequence, memory.sequence);
    for (const [id, usedAt] of written.tokens) this.#touchToken(id, usedAt, memory);
  }

  #putSchema(schema: StreamSchema, memory: Memory): void {
    const { stream, version } = schema;
    const id = this.#streams.idOf(stream);
    const chain = memory.chains.get(stream) ?? chainOf(this.#database, id);
    const before = chain.changes < chain.whole ? memory.schemas.get(stream) : undefined;
    const stored = schemaToStore(schema, before);
    const { epoch, description, base, digest } = stored;
    this.#sql.putSchema.run(id, version, epoch, description, base, digest);
    memory.chains.set(stream, chainWith(chain, stored));
    memory.schemas.set(stream, schema);
  }

  #addDelivery({ stream, id, index, content, receivedAt }: SeenDelivery): void {
    const digest = rowDigest(stream, id, index, content, receivedAt);
    this.#sql.addDelivery.run(this.#streams.idOf(stream), id, index, content, receivedAt, digest);
  }

  #addQuarantined(event: Quarantined): void {
    const { stream, receivedAt, sequence, deliveryId, reason, body, index, eventType, request } = event;
    const facts = [receivedAt, sequence, deliveryId, reason, body, index, eventType];
    const digest = rowDigest(stream, ...facts, ...(request === undefined ? [] : [request]));
    const id = this.#streams.idOf(stream);
    this.#sql.addQuarantined.run(
      id,
      receivedAt,
      sequence,
      deliveryId,
      reason,
      body,
      index,
      eventType,
      request ?? null,
      digest,
    );
  }

  #addCounts(stream: string, counts: Counts, added: Added | undefined): void {
    const { stored, duplicate, filtered, quarantined } = counts;
    if (stored + duplicate + filtered + quarantined === 0) return;
    const nothing = { newest: 0, bytes: 0, quarantinedBytes: 0, receivedAt: Date.now() };
    this.#streams.add(stream, counts, added ?? nothing);
  }

  #putMeta(name: string, value: number): void {
    this.#sql.putMeta.run(name, value, digestOf('meta', { name, value }));
  }

  #putSequence({ mark, keys }: SavedSequence, stored: Memory['sequence']): void {
    if (mark > stored.mark) {
      this.#putMeta('sequence_mark', mark);
      this.#sql.forgetKeys.run(mark);
      for (const [key, last] of stored.keys) if (last < mark) stored.keys.delete(key);
      stored.mark = mark;
    }
    for (const [key, last] of keys) {
      this.#sql.putKey.run(key, last, digestOf('sequence_keys', { digest: key, sequence: last }));
      stored.keys.set(key, last);
    }
  }

  /** A clock that was set back must not stop it until it has caught up. */
  #touchToken(id: number, usedAt: number, { touched }: Memory): void {
    if (Math.abs(usedAt - (touched.get(id) ?? 0)) < TOUCH_EVERY_MS) return;
    changeToken(this.#database, id, { last_used_at: usedAt });
    touched.set(id, usedAt);
  }
}

/** What one transaction adds to a stream. */
interface Added {
  newest: number;
  bytes: number;
  quarantinedBytes: number;
  /** Of its first event, epoch in ms. */
  readonly receivedAt: number;
}

function addedTo(all: Map<string, Added>, stream: string, receivedAt: number): Added {
  const found = all.get(stream) ?? { newest: 0, bytes: 0, quarantinedBytes: 0, receivedAt };
  all.set(stream, found);
  return found;
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
    putMeta: database.prepare(PUT_META),
    addEvent: database.prepare(
      `INSERT INTO events (position, stream, received_at, sequence, schema_version, digest, record, delivery_id, event_type)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    refusals: database.prepare('SELECT * FROM refusals WHERE integration = ? AND reason = ? AND minute = ?'),
    putRefusals: database.prepare(
      'INSERT OR REPLACE INTO refusals (integration, reason, minute, count, digest) VALUES (?, ?, ?, ?, ?)',
    ),
    hasDelivery: database.prepare(
      'SELECT 1 FROM delivery_ids WHERE stream = ? AND id = ? AND item = ? AND content = ?',
    ),
    hasId: database.prepare('SELECT 1 FROM delivery_ids WHERE stream = ? AND id = ? AND item = ? LIMIT 1'),
    hasOldDelivery: database.prepare('SELECT 1 FROM old_deliveries WHERE retry_key = ?'),
    addDelivery: database.prepare('INSERT INTO delivery_ids VALUES (?, ?, ?, ?, ?, ?)'),
    addQuarantined: database.prepare(
      `INSERT INTO quarantine (stream, received_at, sequence, delivery_id, reason, body, item, event_type, request, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    putSchema: database.prepare(
      'INSERT INTO schemas (stream, version, epoch, description, base, digest) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    forgetKeys: database.prepare('DELETE FROM sequence_keys WHERE sequence < ?'),
    putKey: database.prepare(
      'INSERT OR REPLACE INTO sequence_keys (digest, sequence, row_digest) VALUES (?, ?, ?)',
    ),
  };
}
