import type { Call } from '@tap-webhooks/singer/worker';
import { inboxUnusable } from '../../errors.js';
import type { Database } from './database.js';
import { failureOf } from './failure.js';
import { closeUntouched, inboxFile, openForWriting } from './opening.js';
import { callTokens, SqliteTokens } from './tokens.js';

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
      for (;;) {
        const result = callTokens(new SqliteTokens(this.open(false)), method, args) as never;
        if (this.#opened?.path === inboxFile(this.#folder)) return result;
        this.close(); // a copy took the file's place meanwhile, and may be without this change
      }
    } catch (cause) {
      if (failureOf(cause) === undefined) throw cause;
      throw inboxUnusable(inboxFile(this.#folder), (cause as Error).message);
    }
  };

  /** Leaves the log for the writer, which looks at whether moving it into the file succeeds. */
  close(): void {
    if (this.#opened) closeUntouched(this.#opened.database, this.#opened.path);
    this.#opened = undefined;
  }
}
