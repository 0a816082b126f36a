import type { Bookmark, ToolkitError } from '@tap-webhooks/singer';
import { stateMisfit } from '../errors.js';
import type { InboxReader } from '../inbox/inbox.js';
import type { Bookmarks } from './bookmark.js';

export interface CheckedBookmarks {
  /** Emission of these streams begins after their bookmark. */
  readonly bookmarks: Bookmarks;
  /** Streams whose bookmark was set aside by `accept_state_of_inbox`: they begin at their oldest kept event. */
  readonly setAside: readonly string[];
}

/**
 * Checks the given bookmarks against the inbox. A bookmark that does not fit would make the tap skip rows or give their
 * names to others, so it stops the tap, unless it is of the incarnation in `accepted`.
 * @throws ToolkitError with exit code 5 and a sentence that names the stream and the ways out.
 */
export async function checkBookmarks(
  given: ReadonlyMap<string, Bookmark | undefined>,
  reader: InboxReader,
  accepted: string | undefined,
): Promise<CheckedBookmarks> {
  const newest = await reader.newest();
  const trimmed = new Map((await reader.streams()).map((status) => [status.stream, status.trimmedThrough]));
  const bookmarks = new Map<string, Bookmark>();
  const setAside: string[] = [];
  for (const [stream, bookmark] of given) {
    if (!bookmark) throw strange(stream);
    const misfit = await findMisfit(stream, bookmark, reader, newest, trimmed.get(stream) ?? 0);
    if (!misfit) bookmarks.set(stream, bookmark);
    else if (bookmark.inbox === accepted) setAside.push(stream);
    else throw stateMisfit(misfit, wayOut(bookmark));
  }
  return { bookmarks, setAside };
}

async function findMisfit(
  stream: string,
  { position, inbox, check }: Bookmark,
  reader: InboxReader,
  newest: number,
  trimmedThrough: number,
): Promise<string | undefined> {
  if (inbox !== reader.incarnation)
    return `the bookmark of ${stream} is of the inbox ${inbox}, and this one is ${reader.incarnation}`;
  if (position > newest)
    return `the bookmark of ${stream} is at ${position} and the inbox ends at ${newest}, so an older copy of it was put back`;
  // The bookmark's own event may be trimmed: that is normal for a pipe that is up to date.
  if (trimmedThrough > position)
    return `events of ${stream} after its bookmark at ${position} have been deleted, since a later state was confirmed`;
  const known = await reader.check(position);
  if (known === undefined)
    return `the bookmark of ${stream} at ${position} is older than what was confirmed since, so it cannot be checked`;
  if (known !== check)
    return `the event at ${position} is not the one that ${stream} was read up to, so an older copy of the inbox was put back`;
  return undefined;
}

function strange(stream: string): ToolkitError {
  return stateMisfit(
    `the bookmark of ${stream} is not one of tap-webhooks`,
    "Give --state the file that this tap's target wrote",
  );
}

function wayOut({ inbox }: Bookmark): string {
  return `Use the state and the inbox that belong together, or set \`accept_state_of_inbox\` to ${inbox} to start at the oldest kept event`;
}

/** Does the inbox have, or had it, the very event that the bookmark was made from? */
export async function isOfThisInbox(bookmark: Bookmark, reader: InboxReader): Promise<boolean> {
  return bookmark.inbox === reader.incarnation && (await reader.check(bookmark.position)) === bookmark.check;
}
