import { asBookmark, type Bookmark, isObject, type JsonObject, STATE_BOOKMARKS } from '@tap-webhooks/singer';

/** Stream → up to where it has been emitted. */
export type Bookmarks = ReadonlyMap<string, Bookmark>;

/** The value of a STATE message. It is complete each time, since only the last state is kept. */
export function stateValue(bookmarks: Bookmarks): { [STATE_BOOKMARKS]: { [stream: string]: Bookmark } } {
  return { [STATE_BOOKMARKS]: Object.fromEntries(bookmarks) };
}

/** The bookmarks of a state; a stream maps to undefined when its value is not a bookmark of this tap. */
export function bookmarksOf(state: JsonObject): Map<string, Bookmark | undefined> {
  const bookmarks = state[STATE_BOOKMARKS];
  const found = isObject(bookmarks) ? Object.entries(bookmarks) : [];
  return new Map(found.map(([stream, value]) => [stream, asBookmark(value)]));
}

/** Those streams whose bookmark has the right form. */
export function wellFormed(bookmarks: ReadonlyMap<string, Bookmark | undefined>): Bookmarks {
  return new Map([...bookmarks].filter((pair): pair is [string, Bookmark] => pair[1] !== undefined));
}
