import type { InboxAdmin, InboxReader, InboxWriter } from './inbox.js';

/** What an inbox is opened as. */
export interface Roles {
  /** Records deliveries, trims, and reads. One process at a time: it holds the writer's lock until it closes the inbox. */
  readonly writer: InboxWriter;
  /** Reads events; any number, beside a writer in another process. */
  readonly reader: InboxReader;
  /** What commands look at and change beside a running receiver: URL tokens and consumers. Opening it starts no thread. */
  readonly admin: InboxAdmin;
}

export interface OpenOptions {
  /** Create the inbox when there is none. Readers never do. */
  readonly create?: boolean;
  /** How long a writer waits for another one to end, in ms; 0 by default. */
  readonly waitMs?: number;
}

/**
 * A kind of store, for one inbox. Every driver passes `test/contracts/inbox.ts`.
 *
 * Opening rejects with a ToolkitError: `no_inbox` when there is none and it may not be created, `not_an_inbox`,
 * `inbox_newer`, `inbox_older`, `inbox_unusable` (exit 1), and for a writer `locked` (exit 4).
 */
export type InboxDriver = {
  readonly [R in keyof Roles]: (options?: OpenOptions) => Promise<Roles[R]>;
};
