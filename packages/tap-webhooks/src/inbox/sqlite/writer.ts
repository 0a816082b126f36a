import type {
  Delivery,
  InboxWriter,
  IntegrationRules,
  ReadRequest,
  TokenRecord,
  TrimRequest,
  Verdict,
} from '../inbox.js';
import { GroupCommit } from './group-commit.js';
import { openSqliteReader, type SqliteReader } from './reader.js';
import { type Batch, type Recorded, ThreadClient } from './thread-client.js';

/** Those who wait until the newest position is above one that they know. */
export class Waiters {
  readonly #waiting = new Set<{ readonly position: number; readonly go: () => void }>();

  /** The newest position is this now. */
  reached(newest: number): void {
    for (const waiter of this.#waiting) if (newest > waiter.position) waiter.go();
  }

  /** Resolves once a position above this one was reached, or when the signal aborts. */
  wait(position: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const go = () => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', go);
        resolve();
      };
      const waiter = { position, go };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', go, { once: true });
    });
  }
}

/** How often is looked for events that no commit told of. */
const LOOK_MS = 1000;

/**
 * Opens the inbox for its one writer, and makes it when there is none. The caller holds the receiver's lock.
 * @throws ToolkitError `not_an_inbox`, `inbox_newer`, `inbox_unusable`; exit 1.
 */
export async function openSqliteWriter(folder: string): Promise<InboxWriter> {
  const thread = await ThreadClient.start(folder, 'writer');
  try {
    // A thread of its own for reading: what is emitted must not stand in line behind commits, nor they behind it.
    return new SqliteWriter(thread, await openSqliteReader(folder));
  } catch (cause) {
    await thread.close();
    throw cause;
  }
}

class SqliteWriter implements InboxWriter {
  readonly #thread: ThreadClient;
  readonly #reader: SqliteReader;
  readonly #commits: GroupCommit;
  readonly #waiters = new Waiters();

  constructor(thread: ThreadClient, reader: SqliteReader) {
    this.#thread = thread;
    this.#reader = reader;
    this.#commits = new GroupCommit(
      (batch: Batch, memory: ArrayBuffer) => thread.call<Recorded>('record', [batch], [memory]),
      (newest) => this.#waiters.reached(newest),
    );
  }

  get incarnation(): string {
    return this.#thread.incarnation;
  }

  append(delivery: Delivery): Promise<Verdict> {
    return this.#commits.append(delivery);
  }

  async setRules(rules: readonly IntegrationRules[]): Promise<void> {
    await this.#thread.call('setRules', [rules]);
    this.#thread.remember(rules);
  }

  trim(request: TrimRequest): Promise<boolean> {
    return this.#thread.call('trim', [request]);
  }

  addToken(integration: string, sha256: string, now: number): Promise<TokenRecord> {
    return this.#thread.call('addToken', [integration, sha256, now]);
  }

  revokeToken(integration: string, id: number, now: number): Promise<boolean> {
    return this.#thread.call('revokeToken', [integration, id, now]);
  }

  /** Told by the commits; and looks itself, since a commit that failed may have got to the disk all the same. */
  async waitBeyond(position: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const over = new AbortController();
    const end = () => over.abort();
    signal.addEventListener('abort', end, { once: true });
    try {
      await Promise.race([
        this.#waiters.wait(position, over.signal),
        this.#reader.waitBeyond(position, over.signal, LOOK_MS),
      ]);
    } finally {
      over.abort();
      signal.removeEventListener('abort', end);
    }
  }

  newest = () => this.#reader.newest();
  read = (request: ReadRequest) => this.#reader.read(request);
  schema = (stream: string, version: number) => this.#reader.schema(stream, version);
  schemas = () => this.#reader.schemas();
  check = (position: number) => this.#reader.check(position);
  streams = () => this.#reader.streams();
  totals = () => this.#reader.totals();
  liveTokens = () => this.#reader.liveTokens();
  tokensOf = (integration: string) => this.#reader.tokensOf(integration);

  async close(): Promise<void> {
    await this.#commits.settled();
    await this.#reader.close();
    await this.#thread.close();
  }
}
