import { instantOf, readDateTime } from '@tap-webhooks/singer';

/** A number of at most these digits before the point counts seconds; with 3, 6 or 9 more, finer units. */
const DIGITS_OF_SECONDS = 11;
const NUMBER = /^-?(\d{1,20})(?:\.(\d{1,20}))?$/;
/** RFC 2822 and HTTP dates, and those of `date` and old APIs: names of day and month, and a zone. */
const NAMED = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? (?:GMT|UTC|[+-]\d{4})$/;
const UNIX = /^[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4}) \d{4}$/;

/**
 * Returns the time that a provider wrote, as RFC 3339 in UTC and ms: epoch in s, ms, µs or ns, told apart by their digits; ISO
 * 8601; or the forms of mail and HTTP. Without a zone it is UTC. Null when the text is none of these.
 */
export function readEventTime(text: string): string | null {
  const ms = epochMs(text.trim());
  if (ms === undefined || Number.isNaN(new Date(ms).getTime())) return null;
  const written = new Date(ms).toISOString();
  return written.length === 24 ? written : null; // years beyond 9999 are written longer
}

function epochMs(text: string): number | undefined {
  const number = NUMBER.exec(text);
  if (number) return msOfNumber(text, number[1] as string);
  if (NAMED.test(text) || UNIX.test(text)) return Date.parse(text);
  const written = readDateTime(text);
  const instant = written && instantOf(written);
  return instant && instant.seconds * 1000 + Math.floor(instant.micros / 1000);
}

function msOfNumber(text: string, { length }: string): number | undefined {
  const value = Number(text);
  if (length <= DIGITS_OF_SECONDS) return Math.round(value * 1000);
  if (length <= DIGITS_OF_SECONDS + 3) return Math.floor(value);
  if (length <= DIGITS_OF_SECONDS + 6) return Math.floor(value / 1000);
  return length <= DIGITS_OF_SECONDS + 9 ? Math.floor(value / 1_000_000) : undefined;
}
