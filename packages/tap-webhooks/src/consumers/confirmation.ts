import type { InboxReader } from '../inbox/inbox.js';
import type { Bookmark, Bookmarks } from './bookmark.js';
import { type Consumer, takes } from './consumer.js';
import { writeConsumer } from './consumer-files.js';
import { isOfThisInbox } from './fit.js';

/**
 * What one consumer has confirmed, kept on disk. Per stream it only rises, whatever becomes of the state file. Only a
 * bookmark that names an event of this very inbox confirms anything.
 */
export class Confirmation {
  readonly #inboxPath: string;
  readonly #reader: InboxReader;
  #consumer: Consumer;

  constructor(inboxPath: string, reader: InboxReader, consumer: Consumer) {
    this.#inboxPath = inboxPath;
    this.#reader = reader;
    this.#consumer = consumer;
  }

  /** @returns true when something rose; it is on disk then. */
  async confirm(bookmarks: Bookmarks): Promise<boolean> {
    const risen: { [stream: string]: Bookmark } = {};
    const verified = new Map<string, boolean>(); // most streams stand at the same place
    for (const [stream, bookmark] of bookmarks) {
      if (!takes(this.#consumer, stream) || !(await this.#rises(stream, bookmark))) continue;
      const place = JSON.stringify([bookmark.position, bookmark.inbox, bookmark.check]);
      const fits = verified.get(place) ?? (await isOfThisInbox(bookmark, this.#reader));
      verified.set(place, fits);
      if (fits) risen[stream] = bookmark;
    }
    if (Object.keys(risen).length === 0) return false;
    const consumer = { ...this.#consumer, confirmed: { ...this.#consumer.confirmed, ...risen } };
    await writeConsumer(this.#inboxPath, consumer);
    this.#consumer = consumer;
    return true;
  }

  /** What an inbox confirmed that has since been replaced or rolled back counts for nothing. */
  async #rises(stream: string, bookmark: Bookmark): Promise<boolean> {
    const before = this.#consumer.confirmed[stream];
    if (!before || bookmark.position > before.position) return true;
    const same = bookmark.position === before.position && bookmark.check === before.check;
    return !same && !(await isOfThisInbox(before, this.#reader));
  }
}
