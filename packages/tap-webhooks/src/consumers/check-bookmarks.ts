import type { Bookmark } from '@tap-webhooks/singer';
import { stateMisfit, stateOfOtherInbox, stateTooOld, stateUnknown } from '../errors.js';
import type { Consumer } from '../inbox/consumer.js';
import { type InboxReader, type Incarnation, incarnationAt } from '../inbox/inbox.js';
import type { Bookmarks } from './bookmark.js';

export interface CheckedBookmarks {
  /** Emission of these streams begins after their bookmark, unless `starts` says otherwise. */
  readonly bookmarks: Bookmarks;
  /** Streams whose bookmark names an event that this inbox lost → the position after which they begin. */
  readonly starts: ReadonlyMap<string, number>;
  /** What was lost, a sentence per stream. */
  readonly lost: ReadonlyMap<string, string>;
  /** Streams whose bookmark was set aside by `accept_state_of_inbox`: they begin at their oldest kept event. */
  readonly setAside: readonly string[];
}

/**
 * Checks the given bookmarks against the inbox. A bookmark that does not fit would make the tap skip rows, so it stops the
 * tap, unless it is of another inbox, whose incarnation is in `accepted`.
 *
 * A bookmark of an incarnation that was ended by `inbox renew` may name an event of the lost future. Nobody knows which events
 * before it were lost too, so its stream begins after the last event that its consumer is known to have confirmed. Rows that
 * the table holds already come again with the same position and sequence, by which targets know them.
 * @param consumer whose bookmarks they are, as it is stored; undefined when it was never registered.
 * @throws ToolkitError with exit code 5 and a sentence that names the stream and the ways out.
 */
export async function checkBookmarks(
  given: ReadonlyMap<string, Bookmark | undefined>,
  reader: InboxReader,
  accepted: string | undefined,
  consumer?: Consumer,
): Promise<CheckedBookmarks> {
  const incarnations = await reader.incarnations();
  const newest = await reader.newest();
  const trimmed = new Map((await reader.streams()).map((status) => [status.stream, status.trimmedThrough]));
  const bookmarks = new Map<string, Bookmark>();
  const starts = new Map<string, number>();
  const lost = new Map<string, string>();
  const setAside: string[] = [];
  for (const [stream, bookmark] of given) {
    if (!bookmark) throw stateUnknown(stream);
    const found = incarnations.find(({ id }) => id === bookmark.inbox);
    if (!found) {
      if (bookmark.inbox !== accepted)
        throw stateOfOtherInbox(stream, bookmark.inbox, incarnations.at(-1)?.id ?? '');
      setAside.push(stream);
      continue;
    }
    bookmarks.set(stream, bookmark);
    const why = await lostBy(stream, bookmark, found, reader, newest, trimmed.get(stream) ?? 0);
    if (why === undefined) continue;
    starts.set(stream, await confirmedBy(consumer, stream, reader));
    lost.set(stream, why);
  }
  return { bookmarks, starts, lost, setAside };
}

/** Returns what this inbox lost before the bookmark was made; undefined when the bookmark fits. @throws ToolkitError */
async function lostBy(
  stream: string,
  { position, check }: Bookmark,
  { last }: Incarnation,
  reader: InboxReader,
  newest: number,
  trimmedThrough: number,
): Promise<string | undefined> {
  const end = last ?? newest;
  if (position > end) {
    const sentence = `its bookmark is at ${position} and the inbox has events of that incarnation up to ${end}`;
    if (last === null) throw stateMisfit(`${stream}: ${sentence}`);
    return `${sentence}: ${position - end} positions are lost to it`;
  }
  const known = await reader.check(position);
  if (known !== undefined && known !== check) {
    const sentence = `another event has the position ${position} of its bookmark`;
    if (last === null) throw stateMisfit(`${stream}: ${sentence}`);
    return sentence;
  }
  // The bookmark's own event may be trimmed: that is normal for a pipe that is up to date.
  if (trimmedThrough > position || known === undefined) throw stateTooOld(stream, position);
  return undefined;
}

async function confirmedBy(
  consumer: Consumer | undefined,
  stream: string,
  reader: InboxReader,
): Promise<number> {
  const bookmark = consumer?.confirmed[stream];
  return bookmark && (await isOfThisInbox(bookmark, reader)) ? bookmark.position : 0;
}

/** Does the inbox have, or had it, the very event that the bookmark was made from? */
export async function isOfThisInbox(bookmark: Bookmark, reader: InboxReader): Promise<boolean> {
  const { position, inbox, check } = bookmark;
  return (
    incarnationAt(await reader.incarnations(), position) === inbox && (await reader.check(position)) === check
  );
}
