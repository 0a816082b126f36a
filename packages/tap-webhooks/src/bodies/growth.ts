/** How many times as large as its body the events may be, once values are copied into each, or digests are in them. */
const MOST_GROWTH = 16;
const ALWAYS_ALLOWED = 256 * 1024;
/** From here on they may only be as large as the body. It is the largest `body_limit_bytes`. */
const MOST_CHARACTERS = 50_000_000;

/** Returns how many characters the events may have together. @param characters of the body. */
export function mostCharacters(characters: number): number {
  const grown = Math.min(MOST_GROWTH * characters, MOST_CHARACTERS);
  return Math.max(characters, grown) + ALWAYS_ALLOWED;
}
