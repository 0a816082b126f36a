import { JsonCursor, type Slice } from '@tap-webhooks/singer';

/**
 * Returns the names of members that a path leads through: `a.b`, or as a JSON pointer `/a/b`, where a name may hold a point
 * (RFC 6901).
 */
export function readPath(path: string): readonly string[] {
  if (!path.startsWith('/')) return path.split('.');
  return path
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;

/**
 * Finds a value in a text that is valid JSON, without a tree of it.
 * @param start where the outermost value begins.
 * @returns undefined when there is none. Of a name that occurs twice the last value counts.
 */
export function valueAt(text: string, start: number, path: readonly string[]): Slice | undefined {
  const cursor = new JsonCursor();
  cursor.open(text);
  let at = start;
  let end = start;
  for (const name of path) {
    const found = memberOf(cursor, at, name);
    if (!found) return undefined;
    ({ start: at, end } = found);
  }
  return { start: at, end };
}

function memberOf(cursor: JsonCursor, start: number, name: string): Slice | undefined {
  cursor.at = start;
  if (cursor.peek() !== OPEN_BRACE) return undefined;
  cursor.at += 1;
  let found: Slice | undefined;
  while (cursor.peek() === QUOTE) {
    const isWanted = cursor.string() === name;
    cursor.space();
    cursor.at += 1; // the colon
    cursor.space();
    const value = cursor.at;
    cursor.skip();
    if (isWanted) found = { start: value, end: cursor.at };
    cursor.space();
    cursor.at += 1; // a comma, or the end of the object
  }
  return found;
}
