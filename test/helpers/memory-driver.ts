import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  consumerRuns,
  consumerUnknown,
  noInbox,
  receiverRuns,
  tooManyUrls,
} from '../../packages/tap-webhooks/dist/errors.js';
import {
  type Consumer,
  type ConsumerLease,
  type Consumers,
  checkConsumerName,
} from '../../packages/tap-webhooks/dist/inbox/consumer.js';
import type { InboxDriver, OpenOptions } from '../../packages/tap-webhooks/dist/inbox/driver.js';
import {
  type Delivery,
  type Entry,
  type InboxWriter,
  type Incarnation,
  type IntegrationRules,
  type ReadRequest,
  type Refusals,
  type StreamSchema,
  type StreamStatus,
  type TokenRecord,
  type TrimRequest,
  type Verdict,
  verdictOf,
} from '../../packages/tap-webhooks/dist/inbox/inbox.js';
import { judge, noCounts } from '../../packages/tap-webhooks/dist/inbox/judge.js';
import type {
  Counts,
  Quarantined,
  SeenDelivery,
  Written,
} from '../../packages/tap-webhooks/dist/inbox/judgement.js';
import { prepare, type WantedKey } from '../../packages/tap-webhooks/dist/inbox/prepare.js';
import { Shapes, schemasOfRules } from '../../packages/tap-webhooks/dist/inbox/shapes.js';

/** The storage of this driver, in place of a file or a database. */
class MemoryStore {
  readonly incarnations = [{ id: randomUUID() as string, first: 1 }];
  newest = 0;
  rows: Entry[] = [];
  sequence = { mark: 0, keys: new Map<string, number>() };
  readonly checks = new Map<number, string>();
  readonly retryKeys = new Map<string, SeenDelivery>();
  readonly quarantine: Quarantined[] = [];
  readonly schemas: StreamSchema[] = [];
  readonly streams = new Map<string, { newest: number; trimmedThrough: number; counters: Counts }>();
  readonly tokens: TokenRecord[] = [];
  readonly refusals: Refusals[] = [];
  readonly consumers = new Map<string, Consumer>();
  /** Names of consumers that are leased. */
  readonly leases = new Set<string>();
  isWritten = false;
}

/** The smallest possible driver: an inbox in memory, for tests. It shows what a driver has to do. */
export function memoryDriver(): InboxDriver {
  let store: MemoryStore | undefined;
  const open = (options: OpenOptions = {}): MemoryStore => {
    if (!store && !options.create) throw noInbox('memory');
    store ??= new MemoryStore();
    return store;
  };
  return {
    async writer(options) {
      const found = open(options);
      if (found.isWritten) throw receiverRuns('memory');
      found.isWritten = true;
      return new MemoryInbox(found, true);
    },
    reader: async () => new MemoryInbox(open()),
    admin: async (options) => new MemoryInbox(open(options)),
  };
}

/** Returns a new inbox, open for writing. */
export async function openMemoryInbox(): Promise<InboxWriter> {
  return await memoryDriver().writer({ create: true });
}

function nameOf({ stream, id, index, content }: SeenDelivery | WantedKey): string {
  return JSON.stringify([stream, id, index, content]);
}

function holds(held: ReadonlyMap<string, SeenDelivery>, key: WantedKey): boolean {
  if (!key.idAloneDecides) return held.has(nameOf(key));
  return [...held.values()].some(
    ({ stream, id, index }) => stream === key.stream && id === key.id && index === key.index,
  );
}

class MemoryConsumers implements Consumers {
  readonly #consumers: Map<string, Consumer>;
  readonly #leases: Set<string>;

  constructor({ consumers, leases }: MemoryStore) {
    this.#consumers = consumers;
    this.#leases = leases;
  }

  async list(): Promise<Consumer[]> {
    return [...this.#consumers.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async lease(name: string): Promise<ConsumerLease> {
    checkConsumerName(name);
    if (this.#leases.has(name)) throw consumerRuns(name);
    this.#leases.add(name);
    const put = (consumer: Consumer) => {
      this.#consumers.set(name, consumer);
      return consumer;
    };
    const registered = () => this.#consumers.get(name);
    return {
      consumer: async () => registered(),
      async register(streams) {
        const { registeredAt = new Date().toISOString(), confirmed = {} } = registered() ?? {};
        return put({ name, registeredAt, streams, confirmed });
      },
      async confirm(bookmarks) {
        const before = registered();
        if (!before) throw consumerUnknown(name);
        return put({ ...before, confirmed: { ...before.confirmed, ...bookmarks } });
      },
      release: async () => {
        this.#leases.delete(name);
      },
    };
  }

  async drop(name: string): Promise<void> {
    checkConsumerName(name);
    if (!this.#consumers.has(name)) throw consumerUnknown(name);
    if (this.#leases.has(name)) throw consumerRuns(name);
    this.#consumers.delete(name);
  }
}

class MemoryInbox implements InboxWriter {
  readonly consumers: Consumers;
  readonly #store: MemoryStore;
  readonly #isWriter: boolean;
  readonly #shapes = new Shapes();
  #rules = new Map<string, IntegrationRules>();

  constructor(store: MemoryStore, isWriter = false) {
    this.#store = store;
    this.#isWriter = isWriter;
    this.consumers = new MemoryConsumers(store);
  }

  async append(delivery: Delivery): Promise<Verdict> {
    const { newest, sequence, retryKeys } = this.#store;
    const prepared = prepare([delivery], this.#rules);
    const known = {
      newest,
      confirmedTime: Date.now(),
      incarnation: this.#store.incarnations.at(-1)?.id ?? '',
      sequence,
      retryKeys: new Set(
        prepared.needs.retryKeys.filter((key) => holds(retryKeys, key)).map(({ name }) => name),
      ),
      schemas: this.#newestSchemas(),
    };
    const written = judge(known, prepared, this.#shapes);
    this.#write(written);
    const [outcome] = written.outcomes;
    if (!outcome) throw new Error('a delivery has no outcome');
    return verdictOf(outcome);
  }

  async addRefusals(refusals: readonly Refusals[]): Promise<void> {
    this.#store.refusals.push(...refusals);
  }

  async refusals(since: number): Promise<Refusals[]> {
    const sums = new Map<string, Refusals>();
    const from = Math.floor(since / 60_000) * 60_000;
    for (const one of this.#store.refusals.filter(({ minute }) => minute >= from)) {
      const key = `${one.integration ?? ''} ${one.reason}`;
      const { count = 0, minute = 0 } = sums.get(key) ?? {};
      sums.set(key, { ...one, count: count + one.count, minute: Math.max(minute, one.minute) });
    }
    return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, sum]) => sum);
  }

  async setRules(rules: readonly IntegrationRules[]): Promise<void> {
    for (const schema of schemasOfRules(rules, this.#newestSchemas())) this.#putSchema(schema);
    this.#rules = new Map(rules.map((one) => [one.name, one]));
  }

  async trim({ confirmed, checksFrom, receivedBefore, deliveriesBefore }: TrimRequest): Promise<boolean> {
    const blocked = new Set<string>();
    this.#store.rows = this.#store.rows.filter(({ stream, position, receivedAt, check }) => {
      const goes = position <= (confirmed[stream] ?? 0) && receivedAt < receivedBefore;
      if (!goes || blocked.has(stream)) return blocked.add(stream);
      this.#stream(stream).trimmedThrough = position;
      this.#store.checks.set(position, check);
      return false;
    });
    const { checks, retryKeys } = this.#store;
    for (const position of checks.keys()) if (position < checksFrom) checks.delete(position);
    for (const [name, { receivedAt }] of retryKeys) if (receivedAt < deliveriesBefore) retryKeys.delete(name);
    return false;
  }

  async incarnations(): Promise<Incarnation[]> {
    const all = this.#store.incarnations;
    return all.map(({ id, first }, index) => {
      const next = all[index + 1];
      return { id, first, last: next ? next.first - 1 : null };
    });
  }

  async confirmedTime(): Promise<number> {
    return Date.now();
  }

  async renew(): Promise<Incarnation> {
    const begun = { id: randomUUID(), first: this.#store.newest + 1 };
    this.#store.incarnations.push(begun);
    return { ...begun, last: null };
  }

  async newest(): Promise<number> {
    return this.#store.newest;
  }

  async read({ after, through, limit, limitBytes }: ReadRequest): Promise<Entry[]> {
    const entries: Entry[] = [];
    let bytes = 0;
    for (const row of this.#store.rows) {
      if (row.position > through || entries.length >= limit || bytes >= limitBytes) break;
      if (row.position <= (after[row.stream] ?? Number.POSITIVE_INFINITY)) continue;
      entries.push(row);
      bytes += row.row.length;
    }
    return entries;
  }

  async waitBeyond(position: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#store.newest <= position) await sleep(1);
  }

  async schema(stream: string, version: number): Promise<StreamSchema> {
    const found = this.#store.schemas.find((one) => one.stream === stream && one.version >= version);
    if (!found) throw new Error(`the inbox has no version ${version} of the schema of ${stream}`);
    return found;
  }

  async newestOfEpoch(stream: string, version: number): Promise<StreamSchema> {
    const { epoch } = await this.schema(stream, version);
    return this.#store.schemas.findLast(
      (one) => one.stream === stream && one.epoch === epoch,
    ) as StreamSchema;
  }

  async schemas(): Promise<StreamSchema[]> {
    return [...this.#newestSchemas().values()];
  }

  async damaged(): Promise<number[]> {
    return [];
  }

  async check(position: number): Promise<string | undefined> {
    const { rows, checks } = this.#store;
    return rows.find((row) => row.position === position)?.check ?? checks.get(position);
  }

  async streams(): Promise<StreamStatus[]> {
    return [...this.#store.streams].map(([stream, { newest, trimmedThrough, counters }]) => {
      const kept = this.#store.rows.filter((row) => row.stream === stream);
      const oldest = { oldest: kept[0]?.position ?? null, oldestReceivedAt: kept[0]?.receivedAt ?? null };
      return { stream, newest, trimmedThrough, ...oldest, kept: kept.length, counters: { ...counters } };
    });
  }

  async totals(): Promise<{ bytes: number; quarantined: number }> {
    const bytes = this.#store.rows.reduce((sum, { row }) => sum + row.length, 0);
    return { bytes, quarantined: this.#store.quarantine.length };
  }

  async liveTokens(): Promise<TokenRecord[]> {
    return this.#store.tokens.filter(({ revokedAt }) => revokedAt === null);
  }

  async tokensOf(integration: string): Promise<TokenRecord[]> {
    return this.#store.tokens.filter((token) => token.integration === integration);
  }

  async addToken(integration: string, sha256: string, now: number): Promise<TokenRecord> {
    const live = (await this.tokensOf(integration)).filter(({ revokedAt }) => revokedAt === null);
    if (live.length >= 2) throw tooManyUrls(integration);
    const id = this.#store.tokens.length + 1;
    const token = { id, integration, sha256, createdAt: now, lastUsedAt: null, revokedAt: null };
    this.#store.tokens.push(token);
    return token;
  }

  async revokeToken(integration: string, id: number, now: number): Promise<boolean> {
    const token = this.#store.tokens[id - 1];
    if (token?.integration !== integration || token.revokedAt !== null) return false;
    this.#store.tokens[id - 1] = { ...token, revokedAt: now };
    return true;
  }

  async close(): Promise<void> {
    if (this.#isWriter) this.#store.isWritten = false;
  }

  #write(written: Written): void {
    const { rows, quarantine, retryKeys, tokens } = this.#store;
    for (const schema of written.schemas) this.#putSchema(schema);
    for (const row of written.rows) {
      rows.push(row);
      this.#store.newest = row.position;
      this.#stream(row.stream).newest = row.position;
    }
    quarantine.push(...written.quarantined);
    for (const seen of written.retryKeys.values()) retryKeys.set(nameOf(seen), seen);
    for (const [stream, counts] of written.counts) {
      const { counters } = this.#stream(stream);
      for (const name of ['stored', 'duplicate', 'filtered', 'quarantined'] as const)
        counters[name] += counts[name];
    }
    const { mark, keys } = written.sequence;
    this.#store.sequence = { mark, keys: new Map([...this.#store.sequence.keys, ...keys]) };
    for (const [id, lastUsedAt] of written.tokens) {
      const token = tokens[id - 1];
      if (token) tokens[id - 1] = { ...token, lastUsedAt };
    }
  }

  #putSchema(schema: StreamSchema): void {
    this.#store.schemas.push(schema);
    this.#stream(schema.stream);
  }

  #newestSchemas(): Map<string, StreamSchema> {
    return new Map(this.#store.schemas.map((schema) => [schema.stream, schema]));
  }

  #stream(name: string) {
    const stream = this.#store.streams.get(name) ?? { newest: 0, trimmedThrough: 0, counters: noCounts() };
    this.#store.streams.set(name, stream);
    return stream;
  }
}
