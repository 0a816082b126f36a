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
    [Number(hour), Number(minute), Number(second)],
    offset,
    Number(fraction.slice(0, 6).padEnd(6, '0')),
  );
}

/** The form that our own rows have, `2026-01-01T00:00:00.000Z`: most times by far, so without a regular expression. */
function parsePlain(text: string): Microseconds | undefined {
  if (text.length !== PLAIN.length) return undefined;
  for (let at = 0; at < PLAIN.length; at += 1) {
    const code = text.charCodeAt(at);
    const isDigit = code >= ZERO && code <= NINE;
    if (PLAIN.charCodeAt(at) === ZERO ? !isDigit : code !== PLAIN.charCodeAt(at)) return undefined;
  }
  const days = epochDays(two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8));
  const millis = two(text, 20) * 10 + text.charCodeAt(22) - ZERO;
  return microseconds(days, [two(text, 11), two(text, 14), two(text, 17)], 0, millis * 1000);
}

const PLAIN = '0000-00-00T00:00:00.000Z';
const ZERO = 48;
const NINE = 57;

function two(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

/** @param offset of the zone, in seconds. */
function microseconds(
  days: number | undefined,
  [hour, minute, second]: readonly [number, number, number],
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
