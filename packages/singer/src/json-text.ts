/**
 * The words of JSON (RFC 8259): where a string, a number, a literal or white space ends. Everything that checks JSON uses
 * these, so that all of it accepts the same texts.
 */

/**
 * The text is not JSON (`syntax`), or it is nested deeper (`depth`) or its outermost array is longer (`length`) than allowed.
 * The message never quotes the text.
 */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  /** In UTF-16 code units from the start of the text. */
  readonly offset: number;
  readonly reason: 'syntax' | 'depth' | 'length';

  constructor(reason: 'syntax' | 'depth' | 'length', message: string, offset: number) {
    super(`${message} at offset ${offset}`);
    this.reason = reason;
    this.offset = offset;
  }
}

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
const BACKSLASH = 0x5c;

/** RFC 8259 §6; sticky, so that it matches at a given offset. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** What follows a backslash (RFC 8259 §7). */
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Returns where the string ends that begins at `start`, with its closing quote. @throws JsonError */
export function afterString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) {
      ESCAPE.lastIndex = at;
      if (!ESCAPE.test(text)) throw new JsonError('syntax', 'unknown escape in a string', at);
      at = ESCAPE.lastIndex;
    } else if (code >= 0x20) {
      at += 1;
    } else {
      // the end of the text, where the code is NaN, comes here too
      const problem = at < text.length ? 'control character in a string' : 'string without an end';
      throw new JsonError('syntax', problem, at);
    }
  }
}

/** Returns where the number ends that begins at `start`. @throws JsonError */
export function afterNumber(text: string, start: number): number {
  NUMBER.lastIndex = start;
  if (!NUMBER.test(text)) throw new JsonError('syntax', 'expected a value', start);
  return NUMBER.lastIndex;
}

/** Returns where the literal `word` ends that begins at `start`. @throws JsonError */
export function afterWord(text: string, start: number, word: string): number {
  if (!text.startsWith(word, start)) throw new JsonError('syntax', 'expected a value', start);
  return start + word.length;
}

/** Returns where white space ends that may begin at `start`. */
export function afterSpace(text: string, start: number): number {
  for (let at = start; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
}
