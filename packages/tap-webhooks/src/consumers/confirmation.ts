import type { Bookmark } from '@tap-webhooks/singer';
import type { Consumer, ConsumerLease } from '../inbox/consumer.js';
import { takes } from '../inbox/consumer.js';
import type { InboxReader } from '../inbox/inbox.js';
import type { Bookmarks } from './bookmark.js';
import { isOfThisInbox } from './check-bookmarks.js';

/**
 * Confirms what a consumer's state says. Per stream the position only rises, whatever happens to the state file, and only
 * a bookmark that names an event of this very inbox counts.
 */
export class Confirmation {
  readonly #reader: InboxReader;
  readonly #lease: ConsumerLease;
  #consumer: Consumer;

  /** @param consumer as it is registered. */
  constructor(reader: InboxReader, lease: ConsumerLease, consumer: Consumer) {
    this.#reader = reader;
    this.#lease = lease;
    this.#consumer = consumer;
  }

  /** @returns true when something rose; it is durable then. */
  async confirm(bookmarks: Bookmarks): Promise<boolean> {
    const risen: { [stream: string]: Bookmark } = {};
    const verified = new Map<string, boolean>(); // most streams have the same bookmark
    for (const [stream, bookmark] of bookmarks) {
      if (!takes(this.#consumer, stream) || !(await this.#rises(stream, bookmark))) continue;
      const key = JSON.stringify([bookmark.position, bookmark.inbox, bookmark.check]);
      const fits = verified.get(key) ?? (await isOfThisInbox(bookmark, this.#reader));
      verified.set(key, fits);
      if (fits) risen[stream] = bookmark;
    }
    if (Object.keys(risen).length === 0) return false;
    this.#consumer = await this.#lease.confirm(risen);
    return true;
  }

  /** What was confirmed of an inbox that has since been replaced or rolled back counts for nothing. */
  async #rises(stream: string, bookmark: Bookmark): Promise<boolean> {
    const before = this.#consumer.confirmed[stream];
    if (!before || bookmark.position > before.position) return true;
    const same = bookmark.position === before.position && bookmark.check === before.check;
    return !same && !(await isOfThisInbox(before, this.#reader));
  }
}
