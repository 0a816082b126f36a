import {
  DATE_LENGTH,
  dateAt,
  instantOf,
  int64,
  isNumber,
  isWhole,
  type JsonCursor,
  parseDecimal,
  readDateTime,
} from '@tap-webhooks/singer';
import type { ProtoForm } from '../columns/types.js';
import { PROTO, type ProtoType, type WireWriter } from './proto-wire.js';

/** A value that cannot be written: the message is a sentence that names the field and never quotes the value. */
export class Refusal extends Error {
  /** @param why completes "The field …", e.g. `is no date`. */
  constructor(path: string, why: string) {
    super(path === '' ? `The row ${why}` : `The field ${path} ${why}`);
    this.name = 'Refusal';
  }
}

const QUOTE = 34;
/** Most seconds at which a double still tells microseconds apart. */
const SAFE_SECONDS = 9_000_000_000;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export interface ScalarWriter {
  readonly type: ProtoType;
  /** Writes the JSON value that comes next as the value of a field. */
  write(wire: WireWriter, cursor: JsonCursor, path: string): void;
}

/** How values other than messages are written ("Data type conversions" of the Storage Write API's documentation). */
export const SCALAR_WRITERS: { readonly [form in Exclude<ProtoForm, 'message' | 'none'>]: ScalarWriter } = {
  string: { type: PROTO.string, write: string },
  literal: { type: PROTO.string, write: (wire, cursor) => wire.string(text(cursor)) },
  decimal: { type: PROTO.string, write: decimal },
  json: { type: PROTO.string, write: (wire, cursor) => wire.string(cursor.raw()) },
  bytes: { type: PROTO.bytes, write: bytes },
  int64: { type: PROTO.int64, write: integer },
  bool: { type: PROTO.bool, write: boolean },
  date: { type: PROTO.int32, write: date },
  timestamp: { type: PROTO.int64, write: timestamp },
  double: { type: PROTO.double, write: double },
};

/** The value of a string; the text of any other value. */
function text(cursor: JsonCursor): string {
  return cursor.peek() === QUOTE ? cursor.string() : cursor.raw();
}

function string(wire: WireWriter, cursor: JsonCursor): void {
  if (cursor.peek() === QUOTE) {
    const begin = cursor.plainString();
    if (begin !== undefined) {
      wire.slice(cursor.text, begin, cursor.at - 1);
      return;
    }
  }
  wire.string(text(cursor));
}

function integer(wire: WireWriter, cursor: JsonCursor, path: string): void {
  const short = cursor.peek() === QUOTE ? undefined : cursor.safeInteger();
  if (short !== undefined) {
    wire.integer(short);
    return;
  }
  const digits = text(cursor);
  const whole = isNumber(digits) ? int64(digits) : undefined;
  if (whole === undefined) throw new Refusal(path, whyNoInteger(digits));
  wire.bigint(whole);
}

function whyNoInteger(text: string): string {
  const isBeyond = isNumber(text) && isWhole(parseDecimal(text));
  return isBeyond ? 'is an integer beyond 64 bits' : 'is no integer';
}

function decimal(wire: WireWriter, cursor: JsonCursor, path: string): void {
  const digits = text(cursor);
  if (!isNumber(digits)) throw new Refusal(path, 'is no number');
  wire.string(digits);
}

const NO_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

function double(wire: WireWriter, cursor: JsonCursor, path: string): void {
  const digits = text(cursor);
  const value = isNumber(digits) ? Number(digits) : NO_NUMBERS.get(digits.toLowerCase());
  if (value === undefined) throw new Refusal(path, 'is no number');
  wire.double(value);
}

function boolean(wire: WireWriter, cursor: JsonCursor, path: string): void {
  const value = text(cursor);
  if (value !== 'true' && value !== 'false') throw new Refusal(path, 'is neither true nor false');
  wire.uint32(value === 'true' ? 1 : 0);
}

function bytes(wire: WireWriter, cursor: JsonCursor, path: string): void {
  const value = text(cursor);
  if (value.length % 4 !== 0 || !BASE64.test(value)) throw new Refusal(path, 'is no base64 text');
  wire.bytes(Buffer.from(value, 'base64'));
}

function date(wire: WireWriter, cursor: JsonCursor, path: string): void {
  const value = text(cursor);
  const days = value.length === DATE_LENGTH ? dateAt(value, 0) : Number.NaN;
  if (Number.isNaN(days)) throw new Refusal(path, 'is no date from 0001-01-01 to 9999-12-31');
  wire.integer(days);
}

function timestamp(wire: WireWriter, cursor: JsonCursor, path: string): void {
  const time = readDateTime(text(cursor));
  const instant = time && instantOf(time);
  if (instant === undefined) throw new Refusal(path, 'is no time from the year 1 to the year 9999');
  const { seconds, micros } = instant;
  if (Math.abs(seconds) < SAFE_SECONDS) wire.integer(seconds * 1_000_000 + micros);
  else wire.bigint(BigInt(seconds) * 1_000_000n + BigInt(micros));
}
