import { JsonCursor } from '@tap-webhooks/singer';
import { type Field, traitsOf } from '../columns/types.js';
import { Refusal, SCALAR_WRITERS, type ScalarWriter } from './proto-scalars.js';
import { PROTO, WireWriter } from './proto-wire.js';

const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const LETTER_N = 110;

/** How one column, or field of a RECORD, is written. */
interface Column {
  /** The name as it is written in a row, with the colon. */
  readonly key: string;
  /** Dotted, for error texts. */
  readonly path: string;
  readonly tag: number;
  readonly isRepeated: boolean;
  readonly record: Message | undefined;
  readonly scalar: ScalarWriter | undefined;
  /** The column that followed it in the last row: it is tried first, since most rows have the same order. */
  follower: Column | undefined;
}

interface Message {
  readonly columns: ReadonlyMap<string, Column>;
  readonly required: readonly Column[];
  /** The column that the last row began with. */
  first: Column | undefined;
}

/** Writes rows in the wire format of the message that `rowDescriptor` describes. */
export class ProtoEncoder {
  readonly #row: Message;
  readonly #wire = new WireWriter();
  readonly #cursor = new JsonCursor();

  constructor(fields: readonly Field[]) {
    this.#row = message(fields, '');
  }

  /**
   * @param json a row as a load job takes it: one JSON object with the table's own column names.
   * @returns the bytes, which the next row overwrites; or why the value of a field cannot be written, without quoting it.
   */
  encode(json: string): { readonly bytes: Uint8Array } | { readonly refused: string } {
    this.#wire.clear();
    const cursor = this.#cursor;
    cursor.open(json);
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
      if (cursor.peek() === LETTER_N) cursor.skip();
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
    tag: number * 8 + (scalar?.type ?? PROTO.message).wire,
    isRepeated: field.mode === 'REPEATED',
    record: scalar === undefined ? message(field.fields ?? [], path) : undefined,
    scalar,
    follower: undefined,
  };
}
