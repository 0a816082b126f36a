/**
 * Times as RFC 3339 and ISO 8601 write them, read by positions, and the Gregorian calendar. Years are 1 to 9999. There are no
 * leap seconds and no hour 24: no column of a warehouse holds them.
 */

const PLUS = 0x2b;
const DASH = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;
const SMALL_T = 0x74;
const SMALL_Z = 0x7a;
const SPACE = 0x20;

/** Characters of `YYYY-MM-DD`. */
export const DATE_LENGTH = 10;
/** Where the time of day begins in a text that begins with a date, and where its seconds end. */
const CLOCK_AT = DATE_LENGTH + 1;
const MINUTES_END = CLOCK_AT + 5;
const SECONDS_END = CLOCK_AT + 8;

const DAY_SECONDS = 86_400;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since the epoch. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

const DAYS_IN = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days before each month of a year that begins in March, so that the leap day is its last. */
const DAYS_BEFORE = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH = 719_468;

/** Two digits; NaN when they are none. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days since 1970-01-01; NaN when the calendar has no such day. Without `Date`, which is ten times slower. */
export function epochDay(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (DAYS_IN[month - 1] ?? 0);
  if (!(year >= 1 && day >= 1 && day <= last)) return Number.NaN;
  const years = month < 3 ? year - 1 : year;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + (DAYS_BEFORE[(month + 9) % 12] as number) + day - 1 - EPOCH;
}

/** Days since 1970-01-01 of the `YYYY-MM-DD` at a position; NaN when there is none. */
export function dateAt(text: string, at: number): number {
  if (text.charCodeAt(at + 4) !== DASH || text.charCodeAt(at + 7) !== DASH) return Number.NaN;
  return epochDay(two(text, at) * 100 + two(text, at + 2), two(text, at + 5), two(text, at + 8));
}

/** Seconds since midnight of the `HH:MM` at a position; NaN when there is none. */
function minutesAt(text: string, at: number): number {
  const hour = two(text, at);
  const minute = two(text, at + 3);
  return text.charCodeAt(at + 2) === COLON && hour <= 23 && minute <= 59
    ? hour * 3600 + minute * 60
    : Number.NaN;
}

/** Seconds since midnight of the `HH:MM:SS` at a position; NaN when there is none. */
export function clockAt(text: string, at: number): number {
  const second = two(text, at + 6);
  return text.charCodeAt(at + 5) === COLON && second <= 59 ? minutesAt(text, at) + second : Number.NaN;
}

/** Where the digits after a point at a position end: the position itself when no point is there, -1 when no digit follows it. */
export function fractionEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== POINT) return at;
  let end = at + 1;
  for (let code = text.charCodeAt(end); code >= ZERO && code <= NINE; ) code = text.charCodeAt(++end);
  return end === at + 1 ? -1 : end;
}

/**
 * Minutes that the zone from a position to the end of the text is ahead of UTC: `Z` or `±HH:MM` (RFC 3339), or the shorter
 * `±HHMM`, `±HH` and `±H`. NaN when it is none of these.
 */
function zoneAt(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  const length = text.length - at;
  if (sign === CAPITAL_Z || sign === SMALL_Z) return length === 1 ? 0 : Number.NaN;
  if (sign !== PLUS && sign !== DASH) return Number.NaN;
  const hours = length === 2 ? two(`0${text[at + 1]}`, 0) : two(text, at + 1);
  const minutes = minutesOfZone(text, at, length);
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  return sign === DASH ? 0 - (hours * 60 + minutes) : hours * 60 + minutes;
}

function minutesOfZone(text: string, at: number, length: number): number {
  if (length === 6 && text.charCodeAt(at + 3) === COLON) return two(text, at + 4);
  if (length === 5) return two(text, at + 3);
  return length === 2 || length === 3 ? 0 : Number.NaN;
}

/** Is the text a `date-time` of RFC 3339 §5.6, in the years and without the leap seconds named above? */
export function isDateTime(text: string): boolean {
  const separator = text.charCodeAt(DATE_LENGTH);
  if (separator !== CAPITAL_T && separator !== SMALL_T) return false;
  if (Number.isNaN(dateAt(text, 0) + clockAt(text, CLOCK_AT))) return false;
  const zone = fractionEnd(text, SECONDS_END);
  const length = text.length - zone;
  return zone > 0 && (length === 1 || length === 6) && !Number.isNaN(zoneAt(text, zone));
}

/** A date with a time of day, as it is written. */
export interface DateTime {
  /** Of the date: days since 1970-01-01. */
  readonly day: number;
  /** Of the time of day: seconds since midnight. */
  readonly second: number;
  /** Digits of the second after the point, all of them; empty when there are none. */
  readonly fraction: string;
  /** The zone as it is written; empty when there is none. */
  readonly zone: string;
  /** Minutes that the zone is ahead of UTC; 0 when there is none. */
  readonly offset: number;
}

/**
 * Reads a date and a time of day in ISO 8601's extended format, of which RFC 3339 is a part: `T`, `t` or a space between them;
 * seconds and zone may be missing, and the zone may be short (`+0200`, `+02`, `+2`). A date by itself is its midnight.
 * @returns undefined when the text is something else.
 */
export function readDateTime(text: string): DateTime | undefined {
  if (text.length === DATE_LENGTH) return readDate(text);
  const separator = text.charCodeAt(DATE_LENGTH);
  if (separator !== CAPITAL_T && separator !== SMALL_T && separator !== SPACE) return undefined;
  const hasSeconds = text.charCodeAt(MINUTES_END) === COLON;
  const day = dateAt(text, 0);
  const second = hasSeconds ? clockAt(text, CLOCK_AT) : minutesAt(text, CLOCK_AT);
  const end = hasSeconds ? fractionEnd(text, SECONDS_END) : MINUTES_END;
  if (end < 0) return undefined;
  const offset = end === text.length ? 0 : zoneAt(text, end);
  if (Number.isNaN(day + second + offset)) return undefined;
  return { day, second, fraction: text.slice(SECONDS_END + 1, end), zone: text.slice(end), offset };
}

function readDate(text: string): DateTime | undefined {
  const day = dateAt(text, 0);
  return Number.isNaN(day) ? undefined : { day, second: 0, fraction: '', zone: '', offset: 0 };
}

/** Microseconds since the epoch, in two numbers that doubles hold exactly. */
export interface Instant {
  readonly seconds: number;
  /** 0 to 999,999, to be added. */
  readonly micros: number;
}

/** The instant, in UTC where no zone is written; what is finer than a microsecond is cut off. Undefined outside years 1 to 9999. */
export function instantOf({ day, second, fraction, offset }: DateTime): Instant | undefined {
  const seconds = day * DAY_SECONDS + second - offset * 60;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
  return { seconds, micros: microsOf(fraction) };
}

function microsOf(fraction: string): number {
  let micros = 0;
  for (let at = 0; at < 6; at += 1) {
    micros = micros * 10 + (at < fraction.length ? fraction.charCodeAt(at) - ZERO : 0);
  }
  return micros;
}
