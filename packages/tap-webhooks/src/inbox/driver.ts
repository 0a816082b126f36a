import type { Logger } from '@tap-webhooks/singer';
import type { InboxAdmin, InboxReader, InboxWriter } from './inbox.js';

/** What an inbox is opened as. */
export interface Roles {
  /** Records deliveries, trims, and reads. Only one process at a time: it holds the writer's lock until it closes the inbox. */
  readonly writer: InboxWriter;
  /** Reads events. There may be any number of readers, beside a writer in another process. */
  readonly reader: InboxReader;
  /** Lets commands read and change URL tokens and consumers beside a running receiver. Opening it starts no thread. */
  readonly admin: InboxAdmin;
}

export interface OpenOptions {
  /** Create the inbox when there is none. Readers never do. */
  readonly create?: boolean;
  /** How long a new writer waits for another one to end, in ms; 0 by default. */
  readonly waitMs?: number;
  /**
   * For a writer that accepts webhooks: `warn` or `refuse` when what is written is lost with the machine or the container. A
   * network file system is refused with both.
   */
  readonly ifNotDurable?: 'warn' | 'refuse';
  /** Where a writer says what a person should know, such as that the disk failed and the inbox goes on in another file. */
  readonly log?: Logger;
}

/**
 * Opens one inbox in a certain kind of store. Every driver passes `test/contracts/inbox.ts`.
 *
 * Opening rejects with a ToolkitError: `no_inbox` when there is none and it may not be created, `not_an_inbox`,
 * `inbox_newer`, `inbox_older`, `inbox_unusable` (exit 1), and for a writer `locked` (exit 4).
 */
export type InboxDriver = {
  readonly [R in keyof Roles]: (options?: OpenOptions) => Promise<Roles[R]>;
};
