import type { Call } from '@tap-webhooks/singer/worker';
import { inboxFileFailed } from '../../errors.js';
import { currentFile } from './current.js';
import type { Database } from './database.js';
import { inboxFailure } from './inbox-failure.js';
import { closeUntouched, inboxFile, openForReading, openForWriting } from './opening.js';
import { callTokens, SqliteTokens, TokenQueries } from './tokens.js';

/** The handle of a command that changes something beside a receiver. It is opened by the first call. */
export class AdminHandle {
  readonly #folder: string;
  #opened: { readonly database: Database; readonly path: string } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  open(create: boolean): Database {
    if (!this.#opened) {
      const database = openForWriting(this.#folder, { create, migrate: false });
      this.#opened = { database, path: inboxFile(this.#folder) };
    }
    return this.#opened.database;
  }

  readonly call: Call<SqliteTokens> = async (method, args) => {
    try {
      if (method === 'liveTokens' || method === 'tokensOf') return this.#read(method, args) as never;
      for (;;) {
        const result = callTokens(new SqliteTokens(this.open(false)), method, args) as never;
        const { path, failed } = currentFile(this.#folder);
        const isSame = this.#opened?.path === path;
        if (isSame && !failed) return result;
        this.close(); // a copy takes the file's place, and may be without this change
        if (isSame) throw inboxFileFailed(path);
      }
    } catch (cause) {
      throw inboxFailure(this.#folder, cause);
    }
  };

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
