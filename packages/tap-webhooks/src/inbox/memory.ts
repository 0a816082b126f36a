import { randomUUID } from 'node:crypto';
import { tooManyUrls } from '../errors.js';
import {
  type Delivery,
  type Entry,
  type InboxWriter,
  type IntegrationRules,
  type Outcome,
  type ReadRequest,
  type StreamSchema,
  type StreamStatus,
  type TokenRecord,
  type TrimRequest,
  type Verdict,
  verdictOf,
} from './inbox.js';
import { noCounts } from './open-stream.js';
import { Recorder } from './recorder.js';
import { Waiters } from './sqlite/writer.js';
import type { Counts, Quarantined, Queries, SavedSequence, Store, Tokens } from './store.js';

/**
 * The inbox without a disk, for tests: the same judgement, nothing durable.
 * @param store what an earlier inbox was opened with: this one goes on from it, as after a restart.
 */
export async function openMemoryInbox(store = new MemoryStore()): Promise<InboxWriter> {
  return new MemoryInbox(store);
}

interface MemoryStream {
  newest: number;
  trimmedThrough: number;
  readonly counters: Counts;
}

/** Takes the place of the file. */
export class MemoryStore implements Store, Queries, Tokens {
  readonly incarnation = randomUUID();
  #newest = 0;
  #events: Entry[] = [];
  #sequence = { mark: 0, keys: new Map<string, number>() };
  readonly #checks = new Map<number, string>();
  readonly #deliveries = new Map<string, number>();
  readonly #quarantine: Quarantined[] = [];
  readonly #schemas: StreamSchema[] = [];
  readonly #streams = new Map<string, MemoryStream>();
  readonly #tokens: TokenRecord[] = [];

  transaction<T>(work: () => T): T {
    const undo = this.#undo();
    try {
      return work();
    } catch (cause) {
      undo();
      throw cause;
    }
  }

  part<T>(work: () => T): T {
    return this.transaction(work);
  }

  /** Rows and the like are only ever added in a transaction, and counters are few. */
  #undo(): () => void {
    const [newest, sequence, deliveries] = [this.#newest, this.#sequence, this.#deliveries.size];
    const lists = [this.#events, this.#quarantine, this.#schemas].map((list) => ({
      list,
      length: list.length,
    }));
    const streams = structuredClone(this.#streams);
    return () => {
      [this.#newest, this.#sequence] = [newest, sequence];
      for (const { list, length } of lists) list.length = length;
      for (const key of [...this.#deliveries.keys()].slice(deliveries)) this.#deliveries.delete(key);
      this.#streams.clear();
      for (const [name, stream] of streams) this.#streams.set(name, stream);
    };
  }

  newest(): number {
    return this.#newest;
  }

  addEvent(event: Entry): void {
    this.#newest = event.position;
    this.#events.push(event);
    this.#stream(event.stream).newest = event.position;
  }

  addCounts(stream: string, counts: Counts): void {
    const { counters } = this.#stream(stream);
    for (const name of ['stored', 'duplicate', 'filtered', 'quarantined'] as const)
      counters[name] += counts[name];
  }

  hasDelivery(retryKey: string): boolean {
    return this.#deliveries.has(retryKey);
  }

  addDelivery(retryKey: string, receivedAt: number): void {
    this.#deliveries.set(retryKey, receivedAt);
  }

  addQuarantined(event: Quarantined): void {
    this.#quarantine.push(event);
  }

  newestSchema(stream: string): StreamSchema | undefined {
    return this.#schemas.findLast((schema) => schema.stream === stream);
  }

  putSchema(schema: StreamSchema): void {
    this.#schemas.push(schema);
    this.#stream(schema.stream);
  }

  sequence(): SavedSequence {
    return this.#sequence;
  }

  putSequence({ mark, keys }: SavedSequence): void {
    const kept = [...this.#sequence.keys].filter(([, last]) => last >= mark);
    this.#sequence = { mark, keys: new Map([...kept, ...keys]) };
  }

  touchToken(id: number, usedAt: number): void {
    this.#changeToken(id, { lastUsedAt: usedAt });
  }

  trim({ confirmed, checksFrom, receivedBefore, deliveriesBefore }: TrimRequest): boolean {
    const blocked = new Set<string>();
    this.#events = this.#events.filter((event) => {
      const goes =
        !blocked.has(event.stream) &&
        event.position <= (confirmed[event.stream] ?? 0) &&
        event.receivedAt < receivedBefore;
      if (!goes) blocked.add(event.stream);
      else this.#forget(event);
      return !goes;
    });
    for (const position of this.#checks.keys()) if (position < checksFrom) this.#checks.delete(position);
    for (const [key, at] of this.#deliveries) if (at < deliveriesBefore) this.#deliveries.delete(key);
    return false;
  }

  read({ after, through, limit, limitBytes }: ReadRequest): Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (const event of this.#events) {
      if (event.position > through || entries.length >= limit || bytes >= limitBytes) break;
      if (event.position <= (after[event.stream] ?? Number.POSITIVE_INFINITY)) continue;
      entries.push(event);
      bytes += event.row.length;
    }
    return entries;
  }

  schema(stream: string, version: number): StreamSchema | undefined {
    return this.#schemas.find((schema) => schema.stream === stream && schema.version >= version);
  }

  schemas(): StreamSchema[] {
    return [...new Map(this.#schemas.map((schema) => [schema.stream, schema])).values()];
  }

  check(position: number): string | undefined {
    return this.#events.find((event) => event.position === position)?.check ?? this.#checks.get(position);
  }

  streams(): StreamStatus[] {
    return [...this.#streams].map(([stream, { newest, trimmedThrough, counters }]) => {
      const kept = this.#events.filter((event) => event.stream === stream);
      const [first] = kept;
      const oldest = { oldest: first?.position ?? null, oldestReceivedAt: first?.receivedAt ?? null };
      return { stream, newest, trimmedThrough, ...oldest, kept: kept.length, counters: { ...counters } };
    });
  }

  totals(): { bytes: number; quarantined: number } {
    const bytes = this.#events.reduce((sum, event) => sum + event.row.length, 0);
    return { bytes, quarantined: this.#quarantine.length };
  }

  liveTokens(): TokenRecord[] {
    return this.#tokens.filter((token) => token.revokedAt === null);
  }

  tokensOf(integration: string): TokenRecord[] {
    return this.#tokens.filter((token) => token.integration === integration);
  }

  addToken(integration: string, sha256: string, now: number): TokenRecord {
    if (this.liveTokens().filter((token) => token.integration === integration).length >= 2)
      throw tooManyUrls(integration);
    const id = this.#tokens.length + 1;
    const token = { id, integration, sha256, createdAt: now, lastUsedAt: null, revokedAt: null };
    this.#tokens.push(token);
    return token;
  }

  revokeToken(integration: string, id: number, now: number): boolean {
    const token = this.liveTokens().find((one) => one.id === id && one.integration === integration);
    if (token) this.#changeToken(id, { revokedAt: now });
    return token !== undefined;
  }

  #stream(name: string): MemoryStream {
    const stream = this.#streams.get(name) ?? { newest: 0, trimmedThrough: 0, counters: noCounts() };
    this.#streams.set(name, stream);
    return stream;
  }

  #forget({ stream, position, check }: Entry): void {
    this.#stream(stream).trimmedThrough = position;
    this.#checks.set(position, check);
  }

  #changeToken(id: number, change: Partial<TokenRecord>): void {
    const index = this.#tokens.findIndex((token) => token.id === id);
    const token = this.#tokens[index];
    if (token) this.#tokens[index] = { ...token, ...change };
  }
}

class MemoryInbox implements InboxWriter {
  readonly #store: MemoryStore;
  readonly #recorder: Recorder;
  readonly #waiters = new Waiters();

  constructor(store: MemoryStore) {
    this.#store = store;
    this.#recorder = new Recorder(store);
  }

  get incarnation(): string {
    return this.#store.incarnation;
  }

  async append(delivery: Delivery): Promise<Verdict> {
    const [outcome] = this.#recorder.record([delivery]);
    this.#waiters.reached(this.#recorder.newest);
    return verdictOf(outcome as Outcome);
  }

  async setRules(rules: readonly IntegrationRules[]): Promise<void> {
    this.#recorder.setRules(rules);
  }

  async waitBeyond(position: number, signal: AbortSignal): Promise<void> {
    if (this.#recorder.newest <= position) await this.#waiters.wait(position, signal);
  }

  async schema(stream: string, version: number): Promise<StreamSchema> {
    const schema = this.#store.schema(stream, version);
    if (!schema) throw new Error(`the inbox has no version ${version} of the schema of ${stream}`);
    return schema;
  }

  newest = async () => this.#store.newest();
  read = async (request: ReadRequest) => this.#store.read(request);
  schemas = async () => this.#store.schemas();
  check = async (position: number) => this.#store.check(position);
  streams = async () => this.#store.streams();
  totals = async () => this.#store.totals();
  trim = async (request: TrimRequest) => this.#store.trim(request);
  liveTokens = async () => this.#store.liveTokens();
  tokensOf = async (integration: string) => this.#store.tokensOf(integration);
  addToken = async (integration: string, sha256: string, now: number) =>
    this.#store.addToken(integration, sha256, now);
  revokeToken = async (integration: string, id: number, now: number) =>
    this.#store.revokeToken(integration, id, now);
  close = async () => {};
}
