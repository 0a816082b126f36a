import { JsonCursor } from './cursor.js';

/** A word that Python writes for a number which JSON does not have: `NaN`, `Infinity`, `-Infinity`. */
export interface NonNumber {
  readonly word: string;
  /** Where it begins. */
  readonly start: number;
}

const ANY = /NaN|Infinity/;
const WORD = /-?\b(?:NaN|Infinity)\b/g;

/** Returns the words outside of strings that stand for numbers which JSON does not have, in their order. */
export function nonNumbers(text: string): readonly NonNumber[] {
  if (!ANY.test(text)) return [];
  const found: NonNumber[] = [];
  const cursor = new JsonCursor();
  cursor.open(text);
  while (cursor.at < text.length) {
    const start = cursor.at;
    const quote = text.indexOf('"', start);
    const end = quote < 0 ? text.length : quote;
    for (const match of text.slice(start, end).matchAll(WORD)) {
      found.push({ word: match[0], start: start + match.index });
    }
    cursor.at = end;
    if (quote >= 0) cursor.skipString();
  }
  return found;
}

/** Returns the text with a 0 in place of each word, padded with spaces, so that every other position stays the same. */
export function withZeros(text: string, words: readonly NonNumber[]): string {
  let result = '';
  let from = 0;
  for (const { word, start } of words) {
    result += text.slice(from, start) + '0'.padEnd(word.length);
    from = start + word.length;
  }
  return result + text.slice(from);
}
