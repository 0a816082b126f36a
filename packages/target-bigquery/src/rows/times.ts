import { clockAt, DATE_LENGTH, dateAt, fractionEnd, instantOf, readDateTime } from '@tap-webhooks/singer';

// Each function gets the text of a time, without its quotes, and returns the text that BigQuery reads as the same time
// (GoogleSQL, "Data types": canonical formats); undefined when there is none.

const TIME_LENGTH = 8;
/** Digits of a second that BigQuery keeps. */
const MICROSECONDS = 6;
/** "Time zones": an offset is at most 14 hours. */
const MAX_OFFSET_MINUTES = 14 * 60;

/** The digits of a fraction that BigQuery keeps; undefined when it would lose something but zeros. */
function keptFraction(digits: string): string | undefined {
  return /^0*$/.test(digits.slice(MICROSECONDS)) ? digits.slice(0, MICROSECONDS) : undefined;
}

/** The text of a date. */
export function dateText(text: string): string | undefined {
  return text.length === DATE_LENGTH && !Number.isNaN(dateAt(text, 0)) ? text : undefined;
}

/** The text of a time of day. */
export function timeText(text: string): string | undefined {
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
  const isSame = text.charAt(DATE_LENGTH) !== 't' && time.length === text.length - DATE_LENGTH - 1;
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

/** The text of an instant between the years 1 and 9999 in UTC. A date by itself is its midnight in UTC. */
export function timestampText(text: string): string | undefined {
  if (text.length === DATE_LENGTH) return dateText(text);
  const time = readDateTime(text);
  if (time === undefined || Math.abs(time.offset) > MAX_OFFSET_MINUTES) return undefined;
  const fraction = keptFraction(time.fraction);
  const zone = zoneText(time.zone);
  if (fraction === undefined || zone === undefined || instantOf(time) === undefined) return undefined;
  const separator = text.charAt(DATE_LENGTH) === ' ' ? ' ' : 'T';
  return `${text.slice(0, DATE_LENGTH)}${separator}${clockText(text)}${fraction && `.${fraction}`}${zone}`;
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
