import { type JsonNode, parseJson, STATE_BOOKMARKS } from '@tap-webhooks/singer';

/** Reads and edits the text of `{"bookmarks":{"<stream>":…}}`, so that what stays in it keeps every digit. */

/** The text of a stream's bookmark; undefined when the state has none. */
export function bookmarkOf(state: string, stream: string): string | undefined {
  const bookmark = member(bookmarksOf(state), stream);
  return bookmark && state.slice(bookmark.start, bookmark.end);
}

/**
 * The state with the bookmarks of some streams replaced.
 * @param held text of the bookmark per stream; undefined removes it.
 * @returns undefined when no bookmark is left, or the state has no bookmarks at all: it must not be printed then.
 */
export function withBookmarks(
  state: string,
  held: ReadonlyMap<string, string | undefined>,
): string | undefined {
  const bookmarks = bookmarksOf(state);
  if (!bookmarks?.members) return undefined;
  const kept: string[] = [];
  for (const { name, nameStart, nameEnd, value } of bookmarks.members) {
    const text = held.has(name) ? held.get(name) : state.slice(value.start, value.end);
    if (text !== undefined) kept.push(`${state.slice(nameStart, nameEnd)}:${text}`);
  }
  if (kept.length === 0) return undefined;
  return `${state.slice(0, bookmarks.start)}{${kept.join(',')}}${state.slice(bookmarks.end)}`;
}

function bookmarksOf(state: string): JsonNode | undefined {
  try {
    return member(parseJson(state), STATE_BOOKMARKS);
  } catch {
    return undefined; // nested deeper than anything that holds bookmarks
  }
}

function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.members?.find((one) => one.name === name)?.value;
}
