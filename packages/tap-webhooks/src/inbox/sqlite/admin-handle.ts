import { pause } from '@tap-webhooks/singer';
import type { Call } from '@tap-webhooks/singer/worker';
import { inboxFileFailed } from '../../errors.js';
import type { Database } from './database.js';
import { currentFile } from './files/current.js';
import { closeUntouched, openForReading, openForWriting } from './files/opening.js';
import { inboxFailure } from './inbox-failure.js';
import { callTokens, SqliteTokens, TokenQueries } from './tokens.js';

/** How long a command waits for the copy of a file that failed under it, in ms. */
const WAITS_FOR_COPY_MS = 60_000;
const LOOKS_MS = 50;

/** The handle of a command that changes something beside a receiver. It is opened by the first call. */
export class AdminHandle {
  readonly #folder: string;
  readonly #waitMs: number;
  #opened: { readonly database: Database; readonly path: string } | undefined;

  /** @param options.waitMs how long a call waits for the copy of a file that failed under it. */
  constructor(folder: string, { waitMs = WAITS_FOR_COPY_MS } = {}) {
    this.#folder = folder;
    this.#waitMs = waitMs;
  }

  open(create: boolean): Database {
    const { path, failed } = currentFile(this.#folder);
    if (this.#opened && (failed || this.#opened.path !== path)) this.close();
    this.#opened ??= { database: openForWriting(this.#folder, { create, migrate: false }), path };
    return this.#opened.database;
  }

  readonly call: Call<SqliteTokens> = async (method, args) => {
    try {
      if (method === 'liveTokens' || method === 'tokensOf') return this.#read(method, args) as never;
      return (await this.#change(method, args)) as never;
    } catch (cause) {
      throw inboxFailure(this.#folder, cause);
    }
  };

  /**
   * Makes a change in the file that counts. A copy that takes the place of that file meanwhile may hold the change or not, so the
   * change is made there as well; making one twice is the same as making it once.
   */
  async #change(method: 'addToken' | 'revokeToken', args: readonly unknown[]): Promise<unknown> {
    let isRevoked = false;
    for (;;) {
      const database = this.open(false);
      const result = callTokens(new SqliteTokens(database), method, args);
      isRevoked ||= result === true;
      if (await this.#isInFileThatCounts()) return method === 'revokeToken' ? isRevoked : result;
      this.close();
    }
  }

  /** Waits while the file that was changed is being copied. @returns false when another one counts now. */
  async #isInFileThatCounts(): Promise<boolean> {
    for (const end = Date.now() + this.#waitMs; ; await pause(LOOKS_MS)) {
      const { path, failed } = currentFile(this.#folder);
      if (path !== this.#opened?.path) return false;
      if (!failed) return true;
      if (Date.now() >= end) throw inboxFileFailed(path);
    }
  }

  /** Reading needs no right to write. */
  #read(method: keyof TokenQueries, args: readonly unknown[]): unknown {
    const database = openForReading(this.#folder);
    try {
      const queries = new TokenQueries(database);
      return Reflect.apply(queries[method], queries, args);
    } finally {
      database.close();
    }
  }

  /** Leaves the log for the writer, which looks at whether moving it into the file succeeds. */
  close(): void {
    if (this.#opened) closeUntouched(this.#opened.database, this.#opened.path);
    this.#opened = undefined;
  }
}
