/** Control characters, those that turn the direction of text, and line ends of Unicode. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * Returns a text as a terminal may show it: what a terminal would obey becomes `\u001b`, as JSON writes it. Names that come
 * with the data could otherwise move the cursor, fake lines, or hide what follows.
 */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Like `visible` for a text of several lines. @param indent begins the further ones, so that none looks like a line of its own. */
export function visibleLines(text: string, indent = ''): string {
  return text.split('\n').map(visible).join(`\n${indent}`);
}
