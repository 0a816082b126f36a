import { fileStamp, pointerStamp } from '../files/current.js';
import { inboxFile } from '../files/opening.js';
import { withReserveSync } from '../files/reserve.js';
import { inboxFailure } from '../inbox-failure.js';
import { SqliteQueries } from '../queries.js';
import { remote } from './remote.js';

/** How often a reader looks whether another file of the inbox counts, in ms. */
const LOOKS_MS = 250;

/**
 * Returns the methods of `SqliteQueries`, each of which reads the file that counts at that time.
 * @param isAlone true: also when another file was put in its place.
 */
export function followedQueries(folder: string, isAlone: boolean): SqliteQueries {
  const files = new FollowedFile(folder, isAlone);
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
  readonly #isAlone: boolean;
  #queries: SqliteQueries | undefined;
  #stamp: string;
  #lookedAt = performance.now();

  constructor(folder: string, isAlone: boolean) {
    this.#folder = folder;
    this.#isAlone = isAlone;
    this.#stamp = this.#stampNow();
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
      const stamp = this.#stampNow();
      if (stamp !== this.#stamp) this.close();
      this.#stamp = stamp;
    }
    this.#queries ??= new SqliteQueries(this.#folder);
    return this.#queries;
  }

  /** A text that changes whenever another file has to be opened. */
  #stampNow(): string {
    const pointer = pointerStamp(this.#folder);
    return this.#isAlone ? `${pointer} ${fileStamp(inboxFile(this.#folder))}` : pointer;
  }

  close(): void {
    this.#queries?.close();
    this.#queries = undefined;
  }
}
