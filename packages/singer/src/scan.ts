import type { JsonKind } from './json.js';
import {
  afterNumber,
  afterSpace,
  afterString,
  afterWord,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  JsonError,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-text.js';

/** One value of a scanned text: `text.slice(start, end)`. */
export interface ScannedValue {
  readonly kind: JsonKind;
  readonly start: number;
  readonly end: number;
  /** Levels of arrays and objects: 0 for `1`, 2 for `{"a":[]}`. */
  readonly levels: number;
  /** Values at all levels, itself included: 1 for `1`, 2 for `{"a":[]}`. */
  readonly values: number;
}

export interface ScannedText extends ScannedValue {
  /** The items of an array that is the whole text, up to `maxItems`. */
  readonly items?: readonly ScannedValue[];
  /** How many items it has in all. */
  readonly itemCount?: number;
}

/**
 * Checks that a text is JSON (RFC 8259) and measures it, without building a tree. It does not recurse, and needs one byte of
 * memory per open level, so any text can be checked, however deep.
 * @param maxItems how many items of an array at the top are listed.
 * @throws JsonError `syntax`
 */
export function scanJson(text: string, maxItems = Number.POSITIVE_INFINITY): ScannedText {
  return new Scanner(text, maxItems).document();
}

const SMALL_F = 0x66;
const SMALL_N = 0x6e;
const SMALL_T = 0x74;

class Scanner {
  readonly #text: string;
  readonly #maxItems: number;
  /** The closing bracket of each open level. */
  #open = new Uint8Array(1024);
  #depth = 0;
  /** True when the innermost level was opened and nothing came after that. */
  #isFresh = false;
  #at = 0;
  #values = 0;
  /** The deepest level since the beginning of the text, or of an item of the array at the top. */
  #deepest = 0;
  /** Undefined when the text is no array. */
  #items: ScannedValue[] | undefined;
  #itemCount = 0;
  #itemStart = 0;
  #valuesBefore = 0;
  #itemLevels = 0;

  constructor(text: string, maxItems: number) {
    this.#text = text;
    this.#maxItems = maxItems;
  }

  document(): ScannedText {
    this.#space();
    const start = this.#at;
    if (this.#code() === OPEN_BRACKET) this.#items = [];
    this.#value();
    while (this.#depth > 0) this.#step();
    const end = this.#at;
    this.#space();
    if (this.#at < this.#text.length) this.#fail('expected the end of the text');
    const value = { kind: kindOf(this.#text.charCodeAt(start)), start, end, values: this.#values };
    if (!this.#items) return { ...value, levels: this.#deepest };
    return { ...value, levels: this.#itemLevels + 1, items: this.#items, itemCount: this.#itemCount };
  }

  /** Passes the next item, or its opening bracket, or the end of the innermost level. */
  #step(): void {
    this.#space();
    const closing = this.#open[this.#depth - 1];
    if (this.#code() === closing) {
      this.#close();
      return;
    }
    if (!this.#isFresh) this.#pass(COMMA, 'expected a comma or the end of the list');
    if (closing === CLOSE_BRACE) this.#name();
    const isItem = this.#items !== undefined && this.#depth === 1;
    if (isItem) this.#beginItem();
    this.#value();
    if (isItem && this.#depth === 1) this.#endItem();
  }

  #name(): void {
    if (this.#code() !== QUOTE) this.#fail('expected a member name');
    this.#at = afterString(this.#text, this.#at);
    this.#space();
    this.#pass(COLON, 'expected a colon');
  }

  /** Passes a value; of an array or object only the opening bracket. */
  #value(): void {
    this.#values += 1;
    const code = this.#code();
    if (code === OPEN_BRACE) this.#enter(CLOSE_BRACE);
    else if (code === OPEN_BRACKET) this.#enter(CLOSE_BRACKET);
    else {
      this.#at = afterScalar(this.#text, this.#at, code);
      this.#isFresh = false;
    }
  }

  #enter(closing: number): void {
    if (this.#depth === this.#open.length) this.#open = doubled(this.#open);
    this.#open[this.#depth] = closing;
    this.#depth += 1;
    if (this.#depth > this.#deepest) this.#deepest = this.#depth;
    this.#isFresh = true;
    this.#at += 1;
  }

  #close(): void {
    this.#at += 1;
    this.#depth -= 1;
    this.#isFresh = false;
    if (this.#items && this.#depth === 1) this.#endItem();
  }

  #beginItem(): void {
    this.#itemStart = this.#at;
    this.#valuesBefore = this.#values;
    this.#deepest = 1;
  }

  #endItem(): void {
    const levels = this.#deepest - 1;
    if (levels > this.#itemLevels) this.#itemLevels = levels;
    this.#itemCount += 1;
    if (this.#itemCount > this.#maxItems) return;
    const kind = kindOf(this.#text.charCodeAt(this.#itemStart));
    const values = this.#values - this.#valuesBefore;
    this.#items?.push({ kind, start: this.#itemStart, end: this.#at, levels, values });
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  /** Passes a punctuation character and the white space after it. */
  #pass(code: number, problem: string): void {
    if (this.#code() !== code) this.#fail(problem);
    this.#at += 1;
    this.#space();
  }

  #space(): void {
    this.#at = afterSpace(this.#text, this.#at);
  }

  #fail(message: string): never {
    throw new JsonError('syntax', message, this.#at);
  }
}

function afterScalar(text: string, at: number, code: number): number {
  switch (code) {
    case QUOTE:
      return afterString(text, at);
    case SMALL_T:
      return afterWord(text, at, 'true');
    case SMALL_F:
      return afterWord(text, at, 'false');
    case SMALL_N:
      return afterWord(text, at, 'null');
    default:
      return afterNumber(text, at);
  }
}

function kindOf(code: number): JsonKind {
  switch (code) {
    case OPEN_BRACE:
      return 'object';
    case OPEN_BRACKET:
      return 'array';
    case QUOTE:
      return 'string';
    case SMALL_T:
    case SMALL_F:
      return 'boolean';
    case SMALL_N:
      return 'null';
    default:
      return 'number';
  }
}

function doubled(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length);
  larger.set(bytes);
  return larger;
}
