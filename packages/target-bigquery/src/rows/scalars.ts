import { holdsInDouble } from '@tap-webhooks/singer';
import type { JsonForm } from '../columns/types.js';
import type { Cursor } from './cursor.js';
import { decimalText, integerText } from './decimal.js';
import { dateText, datetimeText, isPlainTimestamp, timestampText, timeText } from './times.js';

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** Of a number without exponent, all of which integers, doubles, NUMERIC and BIGNUMERIC columns hold. */
const SHORT = 15;

/**
 * Passes the value that comes next, and writes it as a column takes it, never altered.
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
      return isNumber(code) && writeInteger(cursor, code);
    case 'bignumeric':
      return isNumber(code) && writeDecimal(cursor, 'BIGNUMERIC');
    case 'numeric':
      return isNumber(code) && writeDecimal(cursor, 'NUMERIC');
    case 'float':
      return isNumber(code) && writeFloat(cursor);
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
    case 'nested': // an object, which `RowWriter` writes
    case 'none':
      return false;
  }
}

/** Past an integer beyond 64 bits or a decimal beyond BIGNUMERIC, written as text; false for any other value. */
export function writeDigits(cursor: Cursor, code: number): boolean {
  if (!isNumber(code)) return false;
  const start = cursor.at;
  const isWhole = cursor.number() === 'whole';
  const raw = cursor.text.slice(start, cursor.at);
  if ((isWhole ? integerText(raw) : decimalText(raw, 'BIGNUMERIC')) !== undefined) return false;
  cursor.replace(start, cursor.at, `"${raw}"`);
  return true;
}

function isNumber(code: number): boolean {
  return code === MINUS || (code >= ZERO && code <= NINE);
}

function writeInteger(cursor: Cursor, code: number): boolean {
  const start = cursor.at;
  const form = cursor.number();
  if (form === 'whole' && code !== MINUS && cursor.at - start <= SHORT) return true;
  const raw = cursor.text.slice(start, cursor.at);
  const text = integerText(raw);
  if (text === undefined) return false;
  if (text !== raw) cursor.replace(start, cursor.at, text);
  return true;
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
  return isPlainTimestamp(cursor.text, start + 1, cursor.at - 1) || rewrite(cursor, start, timestampText);
}

function writeTime(cursor: Cursor, textOf: (text: string) => string | undefined): boolean {
  const start = cursor.at;
  cursor.skipString();
  return rewrite(cursor, start, textOf);
}

/** No time has an escape in it: with one it is not the text that the column would read. */
function rewrite(cursor: Cursor, start: number, textOf: (text: string) => string | undefined): boolean {
  const sent = cursor.text.slice(start + 1, cursor.at - 1);
  const text = textOf(sent);
  if (text !== undefined && text !== sent) cursor.replace(start + 1, cursor.at - 1, text);
  return text !== undefined;
}
