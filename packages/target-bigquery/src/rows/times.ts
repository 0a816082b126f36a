import {
  clockAt,
  DATE_LENGTH,
  type DateTime,
  dateAt,
  fractionEnd,
  instantOf,
  readDateTime,
} from '@tap-webhooks/singer';

// Each function gets the text of a time, without its quotes, and returns the text that BigQuery reads as the same time
// (GoogleSQL, "Data types": canonical formats); undefined when there is none. No time is made up: 24:00, a second 60, the year 0
// and a day that no calendar has are no times.

const TIME_LENGTH = 8;
/** Digits of a second that BigQuery keeps. */
const MICROSECONDS = 6;
/** "Time zones": an offset is at most 14 hours. */
const MAX_OFFSET_MINUTES = 14 * 60;

/** The digits of a fraction that BigQuery keeps; undefined when it would lose something but zeros. */
function keptFraction(digits: string): string | undefined {
  return /^0*$/.test(digits.slice(MICROSECONDS)) ? digits.slice(0, MICROSECONDS) : undefined;
}

/**
 * The text of a date. A date that is sent as its midnight in UTC, or as its midnight without an offset, is that date. A midnight
 * elsewhere is another day in UTC, or the day before it, so it is no date.
 */
export function dateText(text: string): string | undefined {
  if (text.length === DATE_LENGTH) return Number.isNaN(dateAt(text, 0)) ? undefined : text;
  const time = dateTimeOf(text);
  const isMidnight = time?.second === 0 && time.offset === 0 && /^0*$/.test(time.fraction);
  return isMidnight ? text.slice(0, DATE_LENGTH) : undefined;
}

/** The text of a time of day. */
export function timeText(text: string): string | undefined {
  if (text.charAt(TIME_LENGTH) === ',') return timeText(text.replace(',', '.'));
  if (Number.isNaN(clockAt(text, 0)) || fractionEnd(text, TIME_LENGTH) !== text.length) return undefined;
  if (text.length === TIME_LENGTH) return text;
  const fraction = keptFraction(text.slice(TIME_LENGTH + 1));
  return fraction && text.slice(0, TIME_LENGTH + 1 + fraction.length);
}

/** The text of a date with a time of day and no offset. */
export function datetimeText(text: string): string | undefined {
  if (Number.isNaN(dateAt(text, 0)) || !/[Tt ]/.test(text.charAt(DATE_LENGTH))) return undefined;
  const time = timeText(text.slice(DATE_LENGTH + 1));
  if (time === undefined) return undefined;
  const isSame = text.charAt(DATE_LENGTH) !== 't' && time === text.slice(DATE_LENGTH + 1);
  return isSame ? text : `${text.slice(0, DATE_LENGTH)}T${time}`;
}

/**
 * True for the most frequent form of an instant, `2026-01-31T12:00:00.000Z` with up to six digits of a second, in a row from
 * `start` to `end`. It needs no change.
 */
export function isPlainTimestamp(row: string, start: number, end: number): boolean {
  const zone = end - 1;
  const clock = start + DATE_LENGTH + 1;
  const dot = clock + TIME_LENGTH;
  if (zone < dot || zone - dot > MICROSECONDS + 1 || row.charCodeAt(zone) !== 0x5a) return false;
  return (
    row.charCodeAt(start + DATE_LENGTH) === 0x54 &&
    !Number.isNaN(dateAt(row, start) + clockAt(row, clock)) &&
    fractionEnd(row, dot) === zone
  );
}

/** A time as a TIMESTAMP column takes it. */
export interface TimestampText {
  readonly text: string;
  /** Digits after the microseconds, not all of them 0, are cut off. */
  readonly isCut: boolean;
}

/** The text of an instant between the years 1 and 9999 in UTC. A date by itself is its midnight in UTC. */
export function timestampText(text: string): TimestampText | undefined {
  if (text.length === DATE_LENGTH) return Number.isNaN(dateAt(text, 0)) ? undefined : { text, isCut: false };
  const time = dateTimeOf(text);
  if (time === undefined || Math.abs(time.offset) > MAX_OFFSET_MINUTES) return undefined;
  const zone = zoneText(time.zone);
  if (zone === undefined || instantOf(time) === undefined) return undefined;
  const fraction = time.fraction.slice(0, MICROSECONDS);
  const separator = text.charAt(DATE_LENGTH) === ' ' ? ' ' : 'T';
  const written = `${text.slice(0, DATE_LENGTH)}${separator}${clockText(text)}${fraction && `.${fraction}`}${zone}`;
  return { text: written, isCut: keptFraction(time.fraction) === undefined };
}

/** A date, a time of day to the second, its fraction, and whatever says its zone. */
const PARTS = /^(.{10}[Tt ][\d:]{5,8})(?:[.,](\d+))?(?: ?([^ ].*))?$/;
/** UTC, once or twice: Python writes `+00:00Z` and tap-mysql `+00:00+00:00` when an offset is added to a time that has one. */
const UTC = /^(?: ?(?:Z|UTC|GMT|[+-]00(?::?00)?)){1,2}$/i;

/**
 * Reads a time as RFC 3339 and ISO 8601 write it, and in the spellings that other software prints: a space before the zone
 * (Ruby, PostgreSQL), `UTC` or `GMT` for the zone, an offset of zero twice, and a comma before the fraction (ISO 8601).
 */
function dateTimeOf(text: string): DateTime | undefined {
  const time = readDateTime(text);
  const parts = time === undefined ? PARTS.exec(text) : null;
  if (parts === null) return time;
  const [, clock = '', fraction, zone = ''] = parts;
  return readDateTime(
    `${clock}${fraction === undefined ? '' : `.${fraction}`}${UTC.test(zone) ? 'Z' : zone}`,
  );
}

/** The time of day after the date, to the second. */
function clockText(text: string): string {
  const clock = text.slice(DATE_LENGTH + 1, DATE_LENGTH + 1 + TIME_LENGTH);
  return clock.charAt(5) === ':' ? clock : `${clock.slice(0, 5)}:00`;
}

/** `Z`, `±HH:MM` or nothing; undefined for hours of one digit. */
function zoneText(zone: string): string | undefined {
  if (zone.length < 2) return zone.toUpperCase();
  return zone.length === 2 ? undefined : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
}
