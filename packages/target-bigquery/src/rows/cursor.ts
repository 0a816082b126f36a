import { holdsInDouble, isInt64, JsonCursor } from '@tap-webhooks/singer';

const SMALL_U = 0x75;

/** A double holds every number of at most this many characters that has no exponent. */
const SURELY_HELD = 15;

/**
 * Reads the text of a row from left to right, and writes it with changes. Nothing is copied until something changes, and then
 * only whole stretches. The text must be valid JSON; on other text the results mean nothing, but no step throws.
 */
export class Cursor extends JsonCursor {
  /** What is written so far. The text from `copied` to `at` follows it unchanged. */
  out = '';
  copied = 0;
  /** The value that was written last is not whole: what the column cannot hold was cut off. Whoever reads it sets it back. */
  isCut = false;
  /** Levels of the deepest value so far for a JSON column. */
  deepest = 0;

  override open(text: string): void {
    super.open(text);
    this.out = '';
    this.copied = 0;
    this.isCut = false;
    this.deepest = 0;
  }

  /** The text with its changes. */
  result(): string {
    return this.copied === 0 ? this.text : this.out + this.text.slice(this.copied);
  }

  /** Writes something instead of the text from `start` (which is not written yet) to `end`. */
  replace(start: number, end: number, by: string): void {
    this.out += this.text.slice(this.copied, start) + by;
    this.copied = end;
  }

  /** Writes half of a surrogate pair, which UTF-8 cannot hold, as the six characters of its escape: `\ud83d`. */
  protected override afterString(start: number): number {
    const end = super.afterString(start);
    if (this.hasBackslash(start, end)) this.#keepHalves(start, end);
    return end;
  }

  #keepHalves(start: number, end: number): void {
    const { text } = this;
    let at = text.indexOf('\\', start);
    while (at >= 0 && at < end) at = text.indexOf('\\', this.#afterEscape(at));
  }

  #afterEscape(at: number): number {
    const { text } = this;
    if (text.charCodeAt(at + 1) !== SMALL_U) return at + 2;
    const unit = Number.parseInt(text.slice(at + 2, at + 6), 16);
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const isPair = unit < 0xdc00 && /^\\u[dD][c-fC-F]/.test(text.slice(at + 6, at + 10));
    if (isPair) return at + 12;
    this.replace(at, at, '\\');
    return at + 6;
  }

  /**
   * Passes a value for a JSON column. BigQuery stores numbers in JSON as 64-bit integers or doubles ("JSON type"): a number
   * that neither holds digit for digit is written as a string of its digits.
   */
  json(): void {
    this.deepest = Math.max(this.deepest, this.skip());
  }

  protected override afterNumber(start: number): number {
    this.at = start;
    const form = this.number();
    const end = this.at;
    if (form !== 'exponent' && end - start <= SURELY_HELD) return end;
    if (form === 'whole' && isInt64(this.text, start, end)) return end;
    const raw = this.text.slice(start, end);
    if (!holdsInDouble(raw)) this.replace(start, end, `"${raw}"`);
    return end;
  }

  /** Passes a value. @returns its text for a JSON column, which is not written. */
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
