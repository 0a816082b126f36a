/**
 * Texts that BigQuery reads as a time without altering it (GoogleSQL, "Data types": canonical formats). Positions are those
 * of the text between its quotes. What is close enough gets written anew; what is not is undefined.
 */

const ZERO = 0x30;
const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const TIME_LENGTH = 8;
const DATE_LENGTH = 10;
/** Digits behind the second. */
const MICROSECONDS = 6;
/** "Time zones": an offset is at most 14 hours. */
const MAX_OFFSET_MINUTES = 14 * 60;

/** Two digits, or NaN. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** `YYYY-MM-DD`, of year 1 to 9999, at `at`? */
function isDateAt(text: string, at: number): boolean {
  const year = two(text, at) * 100 + two(text, at + 2);
  const month = two(text, at + 5);
  const day = two(text, at + 8);
  return (
    text.charCodeAt(at + 4) === DASH &&
    text.charCodeAt(at + 7) === DASH &&
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month)
  );
}

/** `HH:MM:SS` at `at`? No leap second, and no hour 24: BigQuery has neither. */
function isTimeAt(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 2) === COLON &&
    text.charCodeAt(at + 5) === COLON &&
    two(text, at) <= 23 &&
    two(text, at + 3) <= 59 &&
    two(text, at + 6) <= 59
  );
}

/** Past the digits behind a point at `at`; `at` itself when there is no point, -1 when no digit follows it. */
function pastFraction(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) !== DOT) return at;
  let past = at + 1;
  while (past < end && text.charCodeAt(past) >= ZERO && text.charCodeAt(past) <= 0x39) past += 1;
  return past === at + 1 ? -1 : past;
}

/** Where a fraction of more than six digits may be cut; undefined when that would lose something but zeros. */
function cutFraction(text: string, at: number, past: number): number | undefined {
  const most = at + 1 + MICROSECONDS;
  for (let digit = most; digit < past; digit += 1) if (text.charCodeAt(digit) !== ZERO) return undefined;
  return Math.min(most, past);
}

/** @returns the same text when it can stay as it is. */
export function dateText(text: string): string | undefined {
  return text.length === DATE_LENGTH && isDateAt(text, 0) ? text : undefined;
}

export function timeText(text: string): string | undefined {
  if (!isTimeAt(text, 0)) return undefined;
  const past = pastFraction(text, TIME_LENGTH, text.length);
  if (past !== text.length) return undefined;
  const cut = cutFraction(text, TIME_LENGTH, past);
  return cut === undefined ? undefined : text.slice(0, cut);
}

/** A date with a time of day, and no offset. */
export function datetimeText(text: string): string | undefined {
  if (!isDateAt(text, 0) || !/[Tt ]/.test(text.charAt(DATE_LENGTH))) return undefined;
  const time = timeText(text.slice(DATE_LENGTH + 1));
  if (time === undefined) return undefined;
  const isSame = text.charAt(DATE_LENGTH) !== 't' && time.length === text.length - DATE_LENGTH - 1;
  return isSame ? text : `${text.slice(0, DATE_LENGTH)}T${time}`;
}

/**
 * The most frequent form, `2026-01-31T12:00:00.000Z` with up to six digits of a second, needs no second look: is it in a row
 * from `start` to `end`?
 */
export function isPlainTimestamp(row: string, start: number, end: number): boolean {
  const zone = end - 1;
  const dot = start + DATE_LENGTH + 1 + TIME_LENGTH;
  if (zone < dot || zone - dot > MICROSECONDS + 1 || row.charCodeAt(zone) !== 0x5a) return false;
  return (
    row.charCodeAt(start + DATE_LENGTH) === 0x54 &&
    isDateAt(row, start) &&
    isTimeAt(row, start + DATE_LENGTH + 1) &&
    pastFraction(row, dot, zone) === zone
  );
}

/** What comes behind the date: seconds and offset may be missing (UTC then), the offset's colon too. */
const CLOCK = /^[Tt ](\d\d:\d\d)(:\d\d)?(\.\d+)?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?$/;

/** An instant between the years 1 and 9999 in UTC. A date by itself is its midnight in UTC. */
export function timestampText(text: string): string | undefined {
  if (!isDateAt(text, 0)) return undefined;
  if (text.length === DATE_LENGTH) return text;
  const match = CLOCK.exec(text.slice(DATE_LENGTH));
  if (!match) return undefined;
  const [, minutes = '', seconds = ':00', fraction = '', zulu, sign = '+', hours = '00', rest = '00'] = match;
  if (match[2] === undefined && fraction !== '') return undefined;
  const offset = Number(hours) * 60 + Number(rest);
  const clock = timeText(minutes + seconds + fraction);
  if (clock === undefined || Number(rest) > 59 || offset > MAX_OFFSET_MINUTES) return undefined;
  const zone = zulu === undefined && match[5] === undefined ? '' : zulu ? 'Z' : `${sign}${hours}:${rest}`;
  if (zone.length > 1 && !isInRange(text, clock, sign === '-' ? -offset : offset)) return undefined;
  const separator = text.charAt(DATE_LENGTH) === ' ' ? ' ' : 'T';
  return `${text.slice(0, DATE_LENGTH)}${separator}${clock}${zone}`;
}

/** Only the first and the last day of all can leave the range by their offset. */
function isInRange(text: string, clock: string, offset: number): boolean {
  const day = text.slice(0, DATE_LENGTH);
  const minute = two(clock, 0) * 60 + two(clock, 3) - offset;
  return !(day === '0001-01-01' && minute < 0) && !(day === '9999-12-31' && minute >= 24 * 60);
}
