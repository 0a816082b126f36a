const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
/** Of an integer that a double holds, whatever they are. */
const SAFE_DIGITS = 15;
const OPEN = new Set([91, 123]);
const CLOSE = new Set([93, 125]);

/** Reads a valid JSON text from its beginning to its end, without building anything. */
export class JsonCursor {
  readonly text: string;
  at = 0;
  readonly #hasEscapes: boolean;

  constructor(text: string) {
    this.text = text;
    this.#hasEscapes = text.includes('\\');
  }

  /** Goes over white space. @returns the character that a value or a sign begins with. */
  peek(): number {
    let code = this.text.charCodeAt(this.at);
    while (code === 32 || (code >= 9 && code <= 13)) code = this.text.charCodeAt(++this.at);
    return code;
  }

  /** Takes a sign when it comes next. */
  take(sign: number): boolean {
    if (this.peek() !== sign) return false;
    this.at += 1;
    return true;
  }

  /** Takes a text when it comes next. */
  takeText(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** The value of a string that comes next. */
  string(): string {
    const start = this.at;
    const end = this.#stringEnd();
    this.at = end + 1;
    const raw = this.text.slice(start + 1, end);
    return this.#hasEscapes && raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  /** Goes over a string that comes next, without its value. @returns where its characters begin; undefined when some are escaped. */
  plainString(): number | undefined {
    const start = this.at;
    const end = this.#stringEnd();
    if (this.#hasEscapes && this.text.slice(start, end).includes('\\')) return undefined;
    this.at = end + 1;
    return start + 1;
  }

  /** Takes an integer of few digits that comes next as a number. @returns undefined, with nothing taken, when there is none. */
  shortInteger(): number | undefined {
    const { text } = this;
    const isNegative = text.charCodeAt(this.at) === MINUS;
    const start = isNegative ? this.at + 1 : this.at;
    let at = start;
    let value = 0;
    let code = text.charCodeAt(at);
    for (; code >= 48 && code <= 57; code = text.charCodeAt(++at)) value = value * 10 + code - 48;
    if (at === start || at - start > SAFE_DIGITS || isLiteral(code)) return undefined;
    this.at = at;
    return isNegative ? 0 - value : value;
  }

  /** The text of a number, `true`, `false` or `null` that comes next. */
  literal(): string {
    const start = this.at;
    for (let code = this.text.charCodeAt(this.at); isLiteral(code); ) code = this.text.charCodeAt(++this.at);
    return this.text.slice(start, this.at);
  }

  /** The text of a value of any kind. */
  raw(): string {
    const first = this.peek();
    const start = this.at;
    if (first === QUOTE) this.at = this.#stringEnd() + 1;
    else if (OPEN.has(first)) this.#skipNested();
    else return this.literal();
    return this.text.slice(start, this.at);
  }

  #skipNested(): void {
    let depth = 0;
    do {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) this.at = this.#stringEnd();
      else if (OPEN.has(code)) depth += 1;
      else if (CLOSE.has(code)) depth -= 1;
      this.at += 1;
    } while (depth > 0);
  }

  /** Place of the quote that ends the string which begins here. */
  #stringEnd(): number {
    let end = this.text.indexOf('"', this.at + 1);
    while (this.#hasEscapes && this.#isEscaped(end)) end = this.text.indexOf('"', end + 1);
    return end;
  }

  #isEscaped(place: number): boolean {
    let slashes = 0;
    while (this.text.charCodeAt(place - 1 - slashes) === BACKSLASH) slashes += 1;
    return slashes % 2 === 1;
  }
}

/** Digits, letters, and the signs of numbers. */
function isLiteral(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 97 && code <= 122) ||
    code === 45 ||
    code === 46 ||
    code === 43 ||
    code === 69
  );
}
