const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?\s*(?:Z|UTC|([+-])(\d{1,2})(?::?(\d{2}))?)?$/i;
const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const DAY_SECONDS = 86_400;
/** "Data types": 0001-01-01 00:00:00 to 9999-12-31 23:59:59.999999 UTC, in epoch seconds. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

/** Microseconds since the epoch, in two numbers that are exact. */
export interface Microseconds {
  readonly seconds: number;
  /** 0 to 999,999, to be added. */
  readonly micros: number;
}

/**
 * Reads a time as a TIMESTAMP column takes it ("Timestamp type" of GoogleSQL): without a zone it is UTC, and what is finer
 * than a microsecond is cut off.
 * @returns undefined when it is none.
 */
export function parseTimestamp(text: string): Microseconds | undefined {
  const plain = parsePlain(text);
  if (plain !== undefined) return plain;
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = match;
  const [sign, offsetHour = '0', offsetMinute = '0'] = [match[8], match[9], match[10]];
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHour) * 3600 + Number(offsetMinute) * 60);
  return microseconds(
    epochDays(Number(year), Number(month), Number(day)),
    Number(hour),
    Number(minute),
    Number(second),
    offset,
    Number(fraction.slice(0, 6).padEnd(6, '0')),
  );
}

/** The form that our own rows have, `2026-01-01T00:00:00.000Z`: most times by far, so without a regular expression. */
function parsePlain(text: string): Microseconds | undefined {
  if (text.length !== 24 || !hasPlainSigns(text)) return undefined;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  const millis = two(text, 20) * 10 + digit(text, 22);
  const sum = year + month + day + hour + minute + second + millis;
  if (Number.isNaN(sum)) return undefined; // a character is no digit
  return microseconds(epochDays(year, month, day), hour, minute, second, 0, millis * 1000);
}

function hasPlainSigns(text: string): boolean {
  return (
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(10) === LETTER_T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(19) === POINT &&
    text.charCodeAt(23) === LETTER_Z
  );
}

const DASH = 45;
const POINT = 46;
const COLON = 58;
const LETTER_T = 84;
const LETTER_Z = 90;
const ZERO = 48;

/** @returns NaN for what is no digit. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function two(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

/** @param offset of the zone, in seconds. */
function microseconds(
  days: number | undefined,
  hour: number,
  minute: number,
  second: number,
  offset: number,
  micros: number,
): Microseconds | undefined {
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const seconds = days * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
  return seconds < FIRST_SECOND || seconds > LAST_SECOND ? undefined : { seconds, micros };
}

/** @returns days since the epoch; undefined when the text is no date. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  return match === null ? undefined : epochDays(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** Days before each month of a year that begins in March, so that the leap day is its last. */
const DAYS_BEFORE = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];
const DAYS_IN = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days from 0000-03-01 to the epoch. */
const EPOCH = 719_468;

/** Gregorian calendar, without `Date`, which is ten times slower. */
function epochDays(year: number, month: number, day: number): number | undefined {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (DAYS_IN[month - 1] ?? 0);
  if (year < 1 || day < 1 || day > last) return undefined;
  const years = month < 3 ? year - 1 : year;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + (DAYS_BEFORE[(month + 9) % 12] as number) + day - 1 - EPOCH;
}
