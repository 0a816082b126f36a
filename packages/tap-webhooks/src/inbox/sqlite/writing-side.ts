import { InboxUnavailable, type IntegrationRules, type TrimRequest } from '../inbox.js';
import { Recorder } from '../recorder.js';
import { StoreFailure } from '../store.js';
import { type Database, openForWriting, sqliteCode } from './database.js';
import { type Batch, type Recorded, type ThreadSettings, unpackBatch } from './messages.js';
import { SqliteQueries } from './queries.js';
import { SqliteStore } from './store.js';
import { SqliteTokens } from './tokens.js';

/** An inbox that is open for writing. */
interface Handle {
  readonly database: Database;
  readonly store: SqliteStore;
  readonly recorder: Recorder;
  readonly tokens: SqliteTokens;
}

/** After a failure, a fresh handle is tried again after so many ms, then ever more rarely. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** How long a fresh handle's checkpoint waits for readers, in ms: senders wait with it. */
const CHECKPOINT_WAITS_MS = 500;

/**
 * What the writing thread answers.
 *
 * After a failed commit nobody knows what is on disk: Linux may call pages clean that never got there, and a later sync
 * succeeds all the same (fsyncgate). So the handle is thrown away, and nothing is taken before a fresh one has written the
 * whole log into the file and synced that.
 */
export class WritingSide {
  readonly opened: { readonly incarnation: string };
  readonly #folder: string;
  #rules: readonly IntegrationRules[];
  #handle: Handle | undefined;
  #why = '';
  #retry: NodeJS.Timeout | undefined;

  constructor({ folder, create, rules }: ThreadSettings) {
    this.#folder = folder;
    this.#rules = rules;
    this.#handle = create ? openHandle(folder, rules, create) : openFresh(folder, rules);
    this.opened = { incarnation: new SqliteQueries(this.#handle.database, folder).incarnation };
  }

  record(batch: Batch): Recorded {
    return this.#with(({ recorder }) => {
      const verdicts = recorder.record(unpackBatch(batch));
      return { verdicts: JSON.stringify(verdicts), newest: recorder.newest };
    });
  }

  setRules(rules: readonly IntegrationRules[]): void {
    this.#rules = rules;
    this.#with(({ recorder }) => recorder.setRules(rules));
  }

  trim(request: TrimRequest): boolean {
    return this.#with(({ store }) => store.trim(request));
  }

  liveTokens = () => this.#with(({ tokens }) => tokens.liveTokens());
  tokensOf = (integration: string) => this.#with(({ tokens }) => tokens.tokensOf(integration));
  addToken = (integration: string, sha256: string, now: number) =>
    this.#with(({ tokens }) => tokens.addToken(integration, sha256, now));
  revokeToken = (integration: string, id: number, now: number) =>
    this.#with(({ tokens }) => tokens.revokeToken(integration, id, now));

  close(): void {
    clearTimeout(this.#retry);
    this.#handle?.database.close();
  }

  /** @throws InboxUnavailable when there is no handle that can be trusted, or this one has just failed. */
  #with<T>(work: (handle: Handle) => T): T {
    if (!this.#handle) throw new InboxUnavailable(`the inbox cannot be written (${this.#why})`);
    try {
      return work(this.#handle);
    } catch (cause) {
      if (!(cause instanceof StoreFailure) && sqliteCode(cause) === undefined) throw cause;
      this.#giveUp(this.#handle, (cause as Error).message);
      throw new InboxUnavailable(`the inbox could not be written (${this.#why})`);
    }
  }

  #giveUp({ database }: Handle, why: string): void {
    this.#handle = undefined;
    this.#why = why;
    try {
      database.close();
    } catch {
      // It is gone either way: what counts is that it is not written to any more.
    }
    this.#retryIn(FIRST_RETRY_MS);
  }

  #retryIn(ms: number): void {
    this.#retry = setTimeout(() => {
      try {
        this.#handle = openFresh(this.#folder, this.#rules);
      } catch (cause) {
        this.#why = cause instanceof Error ? cause.message : 'unknown';
        this.#retryIn(Math.min(2 * ms, LAST_RETRY_MS));
      }
    }, ms);
  }
}

function openHandle(
  folder: string,
  rules: readonly IntegrationRules[],
  create: boolean,
  prove?: (database: Database) => void,
): Handle {
  const database = openForWriting(folder, { create, migrate: true });
  try {
    prove?.(database);
    const store = new SqliteStore(database);
    const recorder = new Recorder(store);
    if (rules.length > 0) recorder.setRules(rules);
    return { database, store, recorder, tokens: new SqliteTokens(database) };
  } catch (cause) {
    database.close();
    throw cause;
  }
}

function openFresh(folder: string, rules: readonly IntegrationRules[]): Handle {
  return openHandle(folder, rules, false, (database) => {
    const { timeout } = database.prepare('PRAGMA busy_timeout').get() as { timeout: number };
    database.exec(`PRAGMA busy_timeout = ${CHECKPOINT_WAITS_MS}`);
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
    if (busy !== 0) throw new Error('a reader kept the checkpoint from completing');
    database.exec(`PRAGMA busy_timeout = ${timeout}`);
  });
}
