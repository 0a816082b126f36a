const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const CAPITAL_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const SMALL_E = 0x65;
const SMALL_F = 0x66;
const SMALL_N = 0x6e;
const SMALL_T = 0x74;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** No integer of more digits is safe in a double. */
const SAFE_DIGITS = 16;

/** How a number is written: `exponent` when it has one, else `fraction` when it has a point, else `whole`. */
export type NumberForm = 'whole' | 'fraction' | 'exponent';

/**
 * Reads JSON text from left to right, by positions, and builds nothing. The text must be valid JSON; `parseJson` is the
 * reader that checks. On other text the results mean nothing, but no step throws, and every reader reaches the end.
 *
 * A method that reads a kind of value expects `at` on its first character.
 */
export class JsonCursor {
  text = '';
  /** Position of the next character, in UTF-16 code units. */
  at = 0;
  /** The first backslash at or after `#soughtFrom`. Most texts have few, so most strings are known to have none. */
  #backslash = -1;
  #soughtFrom = 0;

  /** Starts at the beginning of a text. One cursor can read many texts. */
  open(text: string): void {
    this.text = text;
    this.at = 0;
    this.#backslash = -1;
    this.#soughtFrom = 0;
  }

  /** Passes white space. */
  space(): void {
    const { text } = this;
    while (text.charCodeAt(this.at) <= 0x20) this.at += 1;
  }

  /** Passes white space. @returns the character code that follows it, NaN at the end. */
  peek(): number {
    this.space();
    return this.text.charCodeAt(this.at);
  }

  /** Passes white space, and a punctuation character when it comes next. @returns whether it did. */
  take(code: number): boolean {
    if (this.peek() !== code) return false;
    this.at += 1;
    return true;
  }

  /** Passes exactly this text when it comes next. @returns whether it did. */
  takeText(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Passes a value of any kind. @returns its levels of arrays and objects: 0 for `1`, 2 for `{"a":[]}`. */
  skip(): number {
    const { text } = this;
    let { at } = this;
    let depth = 0;
    let deepest = 0;
    do {
      const code = text.charCodeAt(at);
      if (code === QUOTE) at = this.afterString(at);
      else if (code === COMMA || code === COLON) at += 1;
      else if (code <= NINE && code >= MINUS) at = this.afterNumber(at);
      else {
        at += code === SMALL_T || code === SMALL_N ? 4 : code === SMALL_F ? 5 : 1; // true, null, false
        if (code === OPEN_BRACE || code === OPEN_BRACKET) {
          depth += 1;
          if (depth > deepest) deepest = depth;
        } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
      }
    } while (depth > 0 && at < text.length);
    this.at = at;
    return deepest;
  }

  /** Passes white space and a value of any kind. @returns the value as it is written. */
  raw(): string {
    this.space();
    const start = this.at;
    this.skip();
    return this.text.slice(start, this.at);
  }

  /** Passes a string. */
  skipString(): void {
    this.at = this.afterString(this.at);
  }

  /** Passes a string. @returns its value; an escape that JSON does not have stays as it is written. */
  string(): string {
    const start = this.at;
    this.skipString();
    const inner = this.text.slice(start + 1, this.at - 1);
    return this.hasBackslash(start, this.at) ? unescaped(inner) : inner;
  }

  /**
   * Passes a string that has no escapes.
   * @returns where its characters begin (they end at `at - 1`); undefined, and nothing is passed, when it has escapes.
   */
  plainString(): number | undefined {
    const start = this.at;
    this.skipString();
    if (!this.hasBackslash(start, this.at)) return start + 1;
    this.at = start;
    return undefined;
  }

  /** Passes a number. @returns how it is written. */
  number(): NumberForm {
    const { text } = this;
    let { at } = this;
    let form: NumberForm = 'whole';
    for (;;) {
      const code = text.charCodeAt(at);
      if (code > NINE) {
        if (code !== SMALL_E && code !== CAPITAL_E) break;
        form = 'exponent';
      } else if (code === POINT) form = 'fraction';
      else if (code < MINUS && code !== PLUS) break;
      else if (at >= text.length) break;
      at += 1;
    }
    this.at = at;
    return form;
  }

  /** Passes an integer without an exponent. @returns its value; undefined, and nothing is passed, when it is not a safe integer. */
  safeInteger(): number | undefined {
    const { text } = this;
    const isNegative = text.charCodeAt(this.at) === MINUS;
    const start = isNegative ? this.at + 1 : this.at;
    let at = start;
    let value = 0;
    let code = text.charCodeAt(at);
    for (; code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) value = value * 10 + (code - ZERO);
    if (at === start || at - start > SAFE_DIGITS || value > Number.MAX_SAFE_INTEGER) return undefined;
    if (code === POINT || code === SMALL_E || code === CAPITAL_E) return undefined;
    this.at = at;
    return isNegative ? 0 - value : value;
  }

  /** Where the string that begins at `start` ends. A subclass that changes strings overrides this. */
  protected afterString(start: number): number {
    const { text } = this;
    let end = text.indexOf('"', start + 1);
    while (text.charCodeAt(end - 1) === BACKSLASH && isQuoteEscaped(text, end))
      end = text.indexOf('"', end + 1);
    return end < 0 ? text.length : end + 1;
  }

  /** Where a number inside a skipped value ends. A subclass that changes such numbers overrides this. */
  protected afterNumber(start: number): number {
    const { text } = this;
    let at = start + 1;
    while (isNumberPart(text.charCodeAt(at))) at += 1;
    return at;
  }

  /** Is there a backslash between the two positions? Quick: the next one in the text is remembered. */
  protected hasBackslash(start: number, end: number): boolean {
    if (start < this.#soughtFrom || start > this.#backslash) {
      const found = this.text.indexOf('\\', start);
      this.#soughtFrom = start;
      this.#backslash = found < 0 ? Number.MAX_SAFE_INTEGER : found;
    }
    return this.#backslash < end;
  }
}

function isQuoteEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

function isNumberPart(code: number): boolean {
  if (code <= NINE) return code >= MINUS || code === PLUS;
  return code === SMALL_E || code === CAPITAL_E;
}

function unescaped(inner: string): string {
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    return inner;
  }
}

/** A value in a text: `text.slice(start, end)`. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/** A member of an object. Its slice is that of its value. */
export interface MemberSlice extends Slice {
  /** Escapes decoded. */
  readonly name: string;
  /** Where the name begins, at its opening quote. */
  readonly nameStart: number;
}

/** The members of an object, which is the whole text, in their order. A name that occurs twice is listed twice. */
export function memberSlices(text: string): MemberSlice[] {
  const slices: MemberSlice[] = [];
  const cursor = new JsonCursor();
  cursor.open(text);
  cursor.at = text.indexOf('{') + 1;
  while (cursor.peek() === QUOTE) {
    const nameStart = cursor.at;
    const name = cursor.string();
    cursor.space();
    cursor.at += 1; // the colon
    cursor.space();
    const start = cursor.at;
    if (start >= text.length) break;
    cursor.skip();
    slices.push({ name, nameStart, start, end: cursor.at });
    cursor.space();
    cursor.at += 1; // a comma, or the end of the object
  }
  return slices;
}

/** The elements of an array, which is the whole text, in their order; of a longer one the first `most`. */
export function elementSlices(text: string, most = Number.POSITIVE_INFINITY): Slice[] {
  const slices: Slice[] = [];
  const cursor = new JsonCursor();
  cursor.open(text);
  cursor.at = text.indexOf('[') + 1;
  while (slices.length < most && cursor.peek() !== CLOSE_BRACKET && cursor.at < text.length) {
    const start = cursor.at;
    cursor.skip();
    slices.push({ start, end: cursor.at });
    cursor.take(COMMA);
  }
  return slices;
}

/** Levels of arrays and objects in a value, which is the whole text: 0 for `1`, 2 for `{"a":[]}`. Any depth is counted. */
export function nesting(text: string): number {
  const cursor = new JsonCursor();
  cursor.open(text);
  cursor.space();
  return cursor.skip();
}
