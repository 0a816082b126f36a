import { type Field, traitsOf } from '../columns/types.js';
import { SCALAR_WRITERS, type ScalarWriter, WIRE, WireWriter } from './proto-wire.js';

/** A value that cannot be written: the message is a sentence that names the field and never quotes the value. */
export class Refusal extends Error {
  /** @param why completes "The field …", e.g. `is no date`. */
  constructor(path: string, why: string) {
    super(path === '' ? `The row ${why}` : `The field ${path} ${why}`);
    this.name = 'Refusal';
  }
}

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

const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const LETTER_N = 110;

/** How one column, or field of a RECORD, is written. */
interface Column {
  /** As it stands in a row, the colon included. */
  readonly key: string;
  /** Dotted, for people. */
  readonly path: string;
  readonly tag: number;
  readonly isRepeated: boolean;
  readonly record: Message | undefined;
  readonly scalar: ScalarWriter | undefined;
  /** What followed it in the last row: looked at first, since fields come in the same order in most rows. */
  follower: Column | undefined;
}

interface Message {
  readonly columns: ReadonlyMap<string, Column>;
  readonly required: readonly Column[];
  /** What the last row began with. */
  first: Column | undefined;
}

/** Writes rows in the wire format of the message that `describe` describes. */
export class ProtoEncoder {
  readonly #row: Message;
  readonly #wire = new WireWriter();

  constructor(fields: readonly Field[]) {
    this.#row = message(fields, '');
  }

  /**
   * @param json a row as a load job takes it: one JSON object with the table's own column names.
   * @returns the bytes, which the next row overwrites; or why the value of a field cannot be written, without quoting it.
   */
  encode(json: string): { readonly bytes: Uint8Array } | { readonly refused: string } {
    this.#wire.clear();
    const cursor = new JsonCursor(json);
    try {
      cursor.peek();
      this.#object(cursor, this.#row, '');
    } catch (error) {
      if (error instanceof Refusal) return { refused: error.message };
      throw error;
    }
    return { bytes: this.#wire.written };
  }

  #object(cursor: JsonCursor, message: Message, path: string): void {
    if (!cursor.take(OPEN_OBJECT)) throw new Refusal(path, 'is no object');
    const missing = message.required.length === 0 ? undefined : new Set(message.required);
    let last: Column | undefined;
    let isEnd = cursor.take(CLOSE_OBJECT);
    while (!isEnd) {
      const column = this.#key(cursor, message, last, path);
      last = column;
      if (cursor.peek() === LETTER_N) cursor.literal();
      else {
        missing?.delete(column);
        this.#column(cursor, column);
      }
      isEnd = !cursor.take(COMMA);
      if (isEnd) cursor.take(CLOSE_OBJECT);
    }
    for (const { path: absent } of missing ?? []) throw new Refusal(absent, 'is required and has no value');
  }

  /** Takes the name of a field, and the colon. */
  #key(cursor: JsonCursor, message: Message, last: Column | undefined, path: string): Column {
    cursor.peek();
    const expected = last === undefined ? message.first : last.follower;
    if (expected !== undefined && cursor.takeText(expected.key)) return expected;
    const name = cursor.string();
    cursor.take(COLON);
    const found = message.columns.get(name) ?? message.columns.get(name.toLowerCase());
    if (found === undefined)
      throw new Refusal(path === '' ? name : `${path}.${name}`, 'is no column of the table');
    if (last === undefined) message.first = found;
    else last.follower = found;
    return found;
  }

  #column(cursor: JsonCursor, column: Column): void {
    if (!column.isRepeated) {
      this.#value(cursor, column);
      return;
    }
    if (!cursor.take(OPEN_ARRAY)) throw new Refusal(column.path, 'is no array');
    while (!cursor.take(CLOSE_ARRAY)) {
      cursor.take(COMMA);
      if (cursor.peek() === LETTER_N) throw new Refusal(column.path, 'has a null among its items');
      this.#value(cursor, column);
    }
  }

  #value(cursor: JsonCursor, { tag, record, scalar, path }: Column): void {
    const wire = this.#wire;
    wire.uint32(tag);
    if (record === undefined) {
      (scalar as ScalarWriter).write(wire, cursor, path);
      return;
    }
    const start = wire.begin();
    this.#object(cursor, record, path);
    wire.end(start);
  }
}

function message(fields: readonly Field[], within: string): Message {
  const columns = new Map<string, Column>();
  const required: Column[] = [];
  for (const [index, field] of fields.entries()) {
    const made = column(field, index + 1, within);
    if (made === undefined) continue;
    columns.set(field.name, made);
    if (!columns.has(field.name.toLowerCase())) columns.set(field.name.toLowerCase(), made);
    if (field.mode === 'REQUIRED') required.push(made);
  }
  return { columns, required, first: undefined };
}

/** Undefined for a column that rows are not described with: they have no value for it. */
function column(field: Field, number: number, within: string): Column | undefined {
  const { proto } = traitsOf(field.type);
  if (proto === 'none') return undefined;
  const path = within === '' ? field.name : `${within}.${field.name}`;
  const scalar = proto === 'message' ? undefined : SCALAR_WRITERS[proto];
  return {
    key: `${JSON.stringify(field.name)}:`,
    path,
    tag: number * 8 + (scalar?.wireType ?? WIRE.bytes),
    isRepeated: field.mode === 'REPEATED',
    record: scalar === undefined ? message(field.fields ?? [], path) : undefined,
    scalar,
    follower: undefined,
  };
}
