import {
  type Decimal,
  fitsDigits,
  holdsInDouble,
  int64,
  parseDecimal,
  plainText,
  scaled,
} from '@tap-webhooks/singer';
import type { JsonForm } from '../columns/types.js';
import type { Cursor } from './cursor.js';
import { dateText, datetimeText, isPlainTimestamp, timestampText, timeText } from './times.js';

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** Doubles, NUMERIC, BIGNUMERIC and integers hold every number of at most this many characters that has no exponent. */
const SHORT = 15;

/**
 * Passes the value that comes next, and writes it as a column takes it, never altered. Only a TIMESTAMP loses something: what is
 * finer than a microsecond is cut off, which `cursor.isCut` tells.
 * @param code first character of the value.
 * @returns false when the column does not hold it; the cursor's position, and what is written, mean nothing then.
 */
export function writeScalar(cursor: Cursor, form: JsonForm, code: number): boolean {
  switch (form) {
    case 'text':
      if (code !== QUOTE) return false;
      cursor.skipString();
      return true;
    case 'integer':
      return startsNumber(code) && writeInteger(cursor);
    case 'bignumeric':
      return startsNumber(code) && writeDecimal(cursor, 'BIGNUMERIC');
    case 'numeric':
      return startsNumber(code) && writeDecimal(cursor, 'NUMERIC');
    case 'float':
      return startsNumber(code) && writeFloat(cursor);
    case 'boolean':
      if (code !== 0x74 && code !== 0x66) return false;
      cursor.at += code === 0x74 ? 4 : 5;
      return true;
    case 'json':
      cursor.json();
      return true;
    case 'timestamp':
      return code === QUOTE && writeTimestamp(cursor);
    case 'date':
      return code === QUOTE && writeTime(cursor, dateText);
    case 'time':
      return code === QUOTE && writeTime(cursor, timeText);
    case 'datetime':
      return code === QUOTE && writeTime(cursor, datetimeText);
    case 'nested': // an object, which `JsonRowEncoder` writes
    case 'none':
      return false;
  }
}

/**
 * Passes a number beyond every type of number, an integer of more than 64 bits or a decimal beyond BIGNUMERIC, and writes it
 * as text.
 * @returns false for any other value.
 */
export function writeDigits(cursor: Cursor, code: number): boolean {
  if (!startsNumber(code)) return false;
  const start = cursor.at;
  const isWhole = cursor.number() === 'whole';
  const raw = cursor.text.slice(start, cursor.at);
  if ((isWhole ? integerText(raw) : decimalText(raw, 'BIGNUMERIC')) !== undefined) return false;
  cursor.replace(start, cursor.at, `"${raw}"`);
  return true;
}

function startsNumber(code: number): boolean {
  return code === MINUS || (code >= ZERO && code <= NINE);
}

function writeInteger(cursor: Cursor): boolean {
  const start = cursor.at;
  const form = cursor.number();
  if (form === 'whole' && cursor.at - start <= SHORT && !isMinusZero(cursor.text, start)) return true;
  const raw = cursor.text.slice(start, cursor.at);
  const text = integerText(raw);
  if (text === undefined) return false;
  if (text !== raw) cursor.replace(start, cursor.at, text);
  return true;
}

/** True for `-0`, which BigQuery does not keep. */
function isMinusZero(text: string, start: number): boolean {
  return text.charCodeAt(start) === MINUS && text.charCodeAt(start + 1) === ZERO;
}

function writeDecimal(cursor: Cursor, type: 'NUMERIC' | 'BIGNUMERIC'): boolean {
  const start = cursor.at;
  cursor.number();
  const text = decimalText(cursor.text.slice(start, cursor.at), type);
  if (text !== undefined) cursor.replace(start, cursor.at, text);
  return text !== undefined;
}

function writeFloat(cursor: Cursor): boolean {
  const start = cursor.at;
  if (cursor.number() !== 'exponent' && cursor.at - start <= SHORT) return true;
  return holdsInDouble(cursor.text.slice(start, cursor.at));
}

function writeTimestamp(cursor: Cursor): boolean {
  const start = cursor.at;
  cursor.skipString();
  if (isPlainTimestamp(cursor.text, start + 1, cursor.at - 1)) return true;
  const time = timestampText(cursor.text.slice(start + 1, cursor.at - 1));
  if (time?.isCut) cursor.isCut = true;
  return rewrite(cursor, start, time?.text);
}

function writeTime(cursor: Cursor, textOf: (text: string) => string | undefined): boolean {
  const start = cursor.at;
  cursor.skipString();
  return rewrite(cursor, start, textOf(cursor.text.slice(start + 1, cursor.at - 1)));
}

/** Writes a time as the column reads it. A text with an escape is not a time, since no time has a character that needs one. */
function rewrite(cursor: Cursor, start: number, text: string | undefined): boolean {
  if (text === undefined) return false;
  const end = cursor.at - 1;
  if (text.length !== end - start - 1 || !cursor.text.startsWith(text, start + 1))
    cursor.replace(start + 1, end, text);
  return true;
}

/** BIGNUMERIC is an integer of 256 bits, with 38 of its digits after the point ("Data types"). */
const BIGNUMERIC_SCALE = 38;
const BIGNUMERIC_END = 2n ** 255n;
/** NUMERIC: 29 digits before the point, 9 after it. */
const NUMERIC_SCALE = 9;
const NUMERIC_WHOLE = 29;
const SAFE = 9_007_199_254_740_991n;
/** A BIGNUMERIC holds every number of at most this many characters that has no exponent. */
const BIGNUMERIC_LENGTH = 38;

/**
 * Text of a number for an INTEGER column: beyond ±(2^53-1) as a JSON string, as BigQuery asks for ("Loading JSON data").
 * @returns undefined when it is not an integer of 64 bits.
 */
function integerText(raw: string): string | undefined {
  const value = int64(raw);
  if (value === undefined) return undefined;
  return value > SAFE || value < -SAFE ? `"${value}"` : String(value);
}

/** JSON string of a number for a NUMERIC or BIGNUMERIC column, without exponent; undefined when the column does not hold it. */
function decimalText(raw: string, type: 'NUMERIC' | 'BIGNUMERIC'): string | undefined {
  const isShort = raw.length <= BIGNUMERIC_LENGTH && !/[eE]/.test(raw);
  if (isShort && type === 'BIGNUMERIC') return `"${raw}"`;
  const decimal = parseDecimal(raw);
  const fits =
    type === 'NUMERIC' ? fitsDigits(decimal, NUMERIC_WHOLE, NUMERIC_SCALE) : fitsBignumeric(decimal);
  return fits ? `"${isShort ? raw : plainText(decimal)}"` : undefined;
}

/** 38 digits before the point always fit, and a 39th in part. */
function fitsBignumeric(decimal: Decimal): boolean {
  if (!fitsDigits(decimal, BIGNUMERIC_SCALE + 1, BIGNUMERIC_SCALE)) return false;
  if (decimal.point <= BIGNUMERIC_SCALE) return true;
  const value = scaled(decimal, BIGNUMERIC_SCALE);
  return value < BIGNUMERIC_END && value >= -BIGNUMERIC_END;
}
