import { ToolkitError } from '@tap-webhooks/singer';
import { inboxUnusable } from '../../errors.js';
import { InboxUnavailable, type Incarnation, type IntegrationRules, type TrimRequest } from '../inbox.js';
import { checkpoint, type Database, sqliteCode } from './database.js';
import { incarnationsOf } from './incarnations.js';
import { type PackedDeliveries, type Recorded, type ThreadSettings, unpack } from './messages.js';
import { inboxFile, openForWriting } from './opening.js';
import { SqliteStore, StoreFailure } from './store.js';
import { callTokens, SqliteTokens, type TokenMethod } from './tokens.js';

/** A database that is open for writing. */
interface Handle {
  readonly database: Database;
  readonly store: SqliteStore;
  readonly tokens: SqliteTokens;
}

/** How long after a failure a fresh handle is tried, in ms. The time doubles with each attempt. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** How long the checkpoint of a new handle waits for readers, in ms. Senders wait meanwhile. */
const CHECKPOINT_WAITS_MS = 500;

/**
 * What the writing thread serves.
 *
 * After a failed commit nobody knows what is on disk: Linux may call pages clean that were never written, and a later sync
 * succeeds all the same (fsyncgate). So the handle is thrown away, and nothing is recorded before a fresh one has moved the
 * whole log into the file and synced it. The previous process may have ended with such a failure, so the first handle does
 * the same; but a reader that prevents it does not keep the receiver from starting.
 */
export class Recorder {
  readonly #folder: string;
  #rules: readonly IntegrationRules[];
  #handle: Handle | undefined;
  #why = '';
  #retry: NodeJS.Timeout | undefined;

  constructor({ folder, isFirst, create, rules }: ThreadSettings) {
    this.#folder = folder;
    this.#rules = rules;
    this.#handle = isFirst ? openFirst(folder, rules, create) : openFresh(folder, rules);
  }

  incarnations(): Incarnation[] {
    return this.#with(({ database }) => incarnationsOf(database));
  }

  confirmedTime(): number {
    return this.#with(({ store }) => store.confirmedTime());
  }

  renew(now: number): Incarnation {
    return this.#with(({ store }) => store.renew(now));
  }

  record(packed: PackedDeliveries): Recorded {
    return this.#with(({ store }) => {
      const outcomes = store.record(unpack(packed));
      return { outcomes: JSON.stringify(outcomes), newest: store.newest };
    });
  }

  setRules(rules: readonly IntegrationRules[]): void {
    this.#with(({ store }) => store.setRules(rules));
    this.#rules = rules;
  }

  trim(request: TrimRequest): boolean {
    return this.#with(({ store }) => store.trim(request));
  }

  /** Runs a method of the tokens. */
  callTokens(method: TokenMethod, args: readonly unknown[]): unknown {
    return this.#with(({ tokens }) => callTokens(tokens, method, args));
  }

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
      this.#abandon(this.#handle, (cause as Error).message);
      throw new InboxUnavailable(`the inbox could not be written (${this.#why})`);
    }
  }

  #abandon({ database }: Handle, why: string): void {
    this.#handle = undefined;
    this.#why = why;
    try {
      database.close();
    } catch {
      // What counts is that it is not written to any more.
    }
    this.#retryIn(FIRST_RETRY_MS);
  }

  #retryIn(ms: number): void {
    this.#retry = setTimeout(() => {
      try {
        this.#handle = openFresh(this.#folder, this.#rules);
      } catch (cause) {
        this.#why = reasonOf(cause);
        this.#retryIn(Math.min(2 * ms, LAST_RETRY_MS));
      }
    }, ms);
  }
}

/** @throws ToolkitError as opening does. */
function openFirst(folder: string, rules: readonly IntegrationRules[], create: boolean): Handle {
  try {
    return openHandle(folder, rules, create, () => {});
  } catch (cause) {
    if (sqliteCode(cause) === undefined) throw cause;
    throw inboxUnusable(inboxFile(folder), (cause as Error).message);
  }
}

function openFresh(folder: string, rules: readonly IntegrationRules[]): Handle {
  return openHandle(folder, rules, false, () => {
    throw new Error('a reader kept the checkpoint from completing');
  });
}

/** @param blocked called when readers kept the checkpoint from being completed. */
function openHandle(
  folder: string,
  rules: readonly IntegrationRules[],
  create: boolean,
  blocked: () => void,
): Handle {
  const database = openForWriting(folder, { create, migrate: true });
  try {
    if (!checkpoint(database, CHECKPOINT_WAITS_MS)) blocked();
    const store = new SqliteStore(database);
    if (rules.length > 0) store.setRules(rules);
    return { database, store, tokens: new SqliteTokens(database) };
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** A few words without a path, for the log. */
function reasonOf(cause: unknown): string {
  if (cause instanceof ToolkitError) return cause.code;
  return cause instanceof Error ? cause.message : 'unknown';
}
