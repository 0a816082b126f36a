import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, InboxReader, ReadRequest, StreamSchema, StreamStatus, TokenRecord } from '../inbox.js';
import { ThreadClient } from './thread-client.js';

/** How often a reader in another process than the writer's looks for new events. */
const POLL_MS = 50;

/** @throws ToolkitError `no_inbox`, `not_an_inbox`, `inbox_newer`, `inbox_unusable`; exit 1. */
export async function openSqliteReader(folder: string): Promise<SqliteReader> {
  return new SqliteReader(await ThreadClient.start(folder, 'reader'));
}

export class SqliteReader implements InboxReader {
  readonly #thread: ThreadClient;

  constructor(thread: ThreadClient) {
    this.#thread = thread;
  }

  get incarnation(): string {
    return this.#thread.incarnation;
  }

  newest(): Promise<number> {
    return this.#thread.call('newest');
  }

  read(request: ReadRequest): Promise<Entry[]> {
    return this.#thread.call('read', [request]);
  }

  async waitBeyond(position: number, signal: AbortSignal, everyMs = POLL_MS): Promise<void> {
    while (!signal.aborted && (await this.newest()) <= position) {
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  async schema(stream: string, version: number): Promise<StreamSchema> {
    const schema = await this.#thread.call<StreamSchema | undefined>('schema', [stream, version]);
    if (!schema) throw new Error(`the inbox has no version ${version} of the schema of ${stream}`);
    return schema;
  }

  schemas(): Promise<StreamSchema[]> {
    return this.#thread.call('schemas');
  }

  check(position: number): Promise<string | undefined> {
    return this.#thread.call('check', [position]);
  }

  streams(): Promise<StreamStatus[]> {
    return this.#thread.call('streams');
  }

  totals(): Promise<{ bytes: number; quarantined: number }> {
    return this.#thread.call('totals');
  }

  liveTokens(): Promise<TokenRecord[]> {
    return this.#thread.call('liveTokens');
  }

  tokensOf(integration: string): Promise<TokenRecord[]> {
    return this.#thread.call('tokensOf', [integration]);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
