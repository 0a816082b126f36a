import { pointerStamp } from './current.js';
import { inboxFailure } from './inbox-failure.js';
import { SqliteQueries } from './queries.js';
import { remote } from './remote.js';
import { withReserveSync } from './reserve.js';

/** How often a reader looks whether another file of the inbox counts, in ms. */
const LOOKS_MS = 250;

/** Returns the methods of `SqliteQueries`, each of which reads the file that counts at that time. */
export function followedQueries(folder: string): SqliteQueries {
  const files = new FollowedFile(folder);
  const call = (method: keyof SqliteQueries, args: readonly unknown[]) => {
    try {
      const queries = files.queries();
      return Reflect.apply(queries[method], queries, args);
    } catch (cause) {
      throw inboxFailure(folder, cause);
    }
  };
  // The calls answer at once, like those of the class.
  return Object.assign(remote(SqliteQueries, call as never), {
    close: () => files.close(),
  }) as unknown as SqliteQueries;
}

class FollowedFile {
  readonly #folder: string;
  #queries: SqliteQueries | undefined;
  #stamp: string;
  #lookedAt = performance.now();

  constructor(folder: string) {
    this.#folder = folder;
    this.#stamp = pointerStamp(folder);
    try {
      this.#queries = withReserveSync(folder, () => new SqliteQueries(folder));
    } catch (cause) {
      throw inboxFailure(folder, cause);
    }
  }

  /** @throws ToolkitError when the file that counts now cannot be opened; the next call tries again. */
  queries(): SqliteQueries {
    const now = performance.now();
    if (now - this.#lookedAt >= LOOKS_MS) {
      this.#lookedAt = now;
      const stamp = pointerStamp(this.#folder);
      if (stamp !== this.#stamp) this.close();
      this.#stamp = stamp;
    }
    this.#queries ??= new SqliteQueries(this.#folder);
    return this.#queries;
  }

  close(): void {
    this.#queries?.close();
    this.#queries = undefined;
  }
}
