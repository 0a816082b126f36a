import { holdsInDouble, isInt64 } from '@tap-webhooks/singer';

const QUOTE = 0x22;
const SMALL_U = 0x75;

/** A double holds every number of so few characters that has no exponent. */
const SURELY_HELD = 15;

/** `exponent` when it has one, else `fraction` when it has a point. */
export type NumberForm = 'whole' | 'fraction' | 'exponent';

/**
 * Reads the text of a row from left to right and writes it again, with changes. Nothing is copied until something changes,
 * and then only in whole stretches. The text has to be valid JSON; on any other the result means nothing, but it always ends.
 */
export class Cursor {
  text = '';
  at = 0;
  /** What is written so far; the text from `copied` to `at` belongs behind it unchanged. */
  out = '';
  copied = 0;
  /** Levels of the deepest value so far that goes to a JSON column. */
  deepest = 0;
  /** The next backslash, as seen from a place: most strings have none, and are passed at once. */
  #backslash = 0;
  #soughtFrom = 0;

  open(text: string): void {
    this.text = text;
    this.at = 0;
    this.out = '';
    this.copied = 0;
    this.deepest = 0;
    this.#backslash = -1;
  }

  /** What is written up to here. */
  result(): string {
    return this.copied === 0 ? this.text : this.out + this.text.slice(this.copied);
  }

  /** Leaves out the text from `start` (not before what is written already) to `end`, and puts something in its place. */
  replace(start: number, end: number, by: string): void {
    this.out += this.text.slice(this.copied, start) + by;
    this.copied = end;
  }

  space(): void {
    const { text } = this;
    while (text.charCodeAt(this.at) <= 0x20) this.at += 1;
  }

  /**
   * Past the string here. A half of a surrogate pair, which is text in JSON but in no UTF-8, becomes the six characters it
   * was written as: `\ud83d` is stored as `\ud83d`, as text.
   */
  string(): void {
    const { text } = this;
    let at = this.at + 1;
    let end = text.indexOf('"', at);
    if (at < this.#soughtFrom || at > this.#backslash) this.#seekBackslash(at);
    while (this.#backslash < end) {
      at = this.#escape(this.#backslash);
      if (end < at) end = text.indexOf('"', at);
      this.#seekBackslash(at);
    }
    this.at = end < 0 ? text.length : end + 1;
  }

  #seekBackslash(from: number): void {
    const found = this.text.indexOf('\\', from);
    this.#soughtFrom = from;
    this.#backslash = found < 0 ? Number.MAX_SAFE_INTEGER : found;
  }

  /** Past the escape here. */
  #escape(at: number): number {
    const { text } = this;
    if (text.charCodeAt(at + 1) !== SMALL_U) return at + 2;
    const unit = Number.parseInt(text.slice(at + 2, at + 6), 16);
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const isPair = unit < 0xdc00 && /^\\u[dD][c-fC-F]/.test(text.slice(at + 6, at + 10));
    if (isPair) return at + 12;
    this.replace(at, at, '\\');
    return at + 6;
  }

  /** Past the number here; says how it is written. */
  number(): NumberForm {
    const { text } = this;
    let { at } = this;
    let form: NumberForm = 'whole';
    for (;;) {
      const code = text.charCodeAt(at);
      if (code > 0x39) {
        if (code !== 0x65 && code !== 0x45) break;
        form = 'exponent';
      } else if (code === 0x2e) form = 'fraction';
      else if (code < 0x2d && code !== 0x2b) break;
      else if (at >= text.length) break;
      at += 1;
    }
    this.at = at;
    return form;
  }

  /**
   * Past the value here, of a JSON column. BigQuery stores numbers in JSON as 64-bit integers or doubles ("JSON type"): one
   * that neither holds digit for digit becomes a string of its digits.
   */
  json(): void {
    const { text } = this;
    let depth = 0;
    do {
      const code = text.charCodeAt(this.at);
      if (code === QUOTE) this.string();
      else if ((code >= 0x30 && code <= 0x39) || code === 0x2d) this.#jsonNumber();
      else if (code === 0x74 || code === 0x6e) this.at += 4;
      else if (code === 0x66) this.at += 5;
      else {
        if (code === 0x7b || code === 0x5b) {
          depth += 1;
          if (depth > this.deepest) this.deepest = depth;
        } else if (code === 0x7d || code === 0x5d) depth -= 1;
        this.at += 1;
      }
    } while (depth > 0 && this.at < text.length);
  }

  #jsonNumber(): void {
    const start = this.at;
    const form = this.number();
    if (form !== 'exponent' && this.at - start <= SURELY_HELD) return;
    if (form === 'whole' && isInt64(this.text, start, this.at)) return;
    const raw = this.text.slice(start, this.at);
    if (!holdsInDouble(raw)) this.replace(start, this.at, `"${raw}"`);
  }

  /** Past the value here; its text, as a member of an object in a JSON column. What is written is left alone. */
  capture(): string {
    const { out, copied, deepest } = this;
    this.deepest = 0;
    this.out = '';
    this.copied = this.at;
    this.json();
    const captured = this.out + this.text.slice(this.copied, this.at);
    this.out = out;
    this.copied = copied;
    this.deepest = Math.max(deepest, this.deepest + 1);
    return captured;
  }
}
