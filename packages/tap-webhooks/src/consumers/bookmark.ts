import type { JsonObject } from '@tap-webhooks/singer';

/** Where a pipe stands in one stream: everything of the stream up to `position` has been emitted. */
export interface Bookmark {
  /** Of any stream: quiet ones advance with the busy ones. */
  readonly position: number;
  /** Incarnation of the inbox that gave the position. */
  readonly inbox: string;
  /** Digest of the event at the position, by which an inbox that was rolled back is noticed. */
  readonly check: string;
}

export type Bookmarks = ReadonlyMap<string, Bookmark>;

/** The value of a STATE message; complete each time, since whoever keeps it keeps only the last one. */
export function stateValue(bookmarks: Bookmarks): { bookmarks: { [stream: string]: Bookmark } } {
  return { bookmarks: Object.fromEntries(bookmarks) };
}

/** The bookmarks of a state; a stream maps to undefined when what it has is no bookmark of this tap. */
export function bookmarksOf(state: JsonObject): Map<string, Bookmark | undefined> {
  const found = isObject(state.bookmarks) ? Object.entries(state.bookmarks) : [];
  return new Map(found.map(([stream, value]) => [stream, asBookmark(value)]));
}

/** Those streams whose bookmark has the right form. */
export function wellFormed(bookmarks: ReadonlyMap<string, Bookmark | undefined>): Bookmarks {
  return new Map([...bookmarks].filter((pair): pair is [string, Bookmark] => pair[1] !== undefined));
}

export function asBookmark(value: unknown): Bookmark | undefined {
  if (!isObject(value)) return undefined;
  const { position, inbox, check } = value;
  if (!Number.isSafeInteger(position) || (position as number) < 1) return undefined;
  if (typeof inbox !== 'string' || typeof check !== 'string') return undefined;
  return { position: position as number, inbox, check };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
