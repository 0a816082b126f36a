import { BadValue } from './value.js';

const DATE = String.raw`(\d{4})[-/](\d{1,2})[-/](\d{1,2})`;
const TIME = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?`;
/** "Data types", canonical formats; a date takes `-` or `/`, a time `:` ("Loading JSON data from Cloud Storage"). */
const FORMS = {
  DATE: new RegExp(`^${DATE}$`),
  TIME: new RegExp(`^${TIME}$`),
  DATETIME: new RegExp(`^${DATE}(?:[ Tt]${TIME})?$`),
  TIMESTAMP: new RegExp(`^${DATE}(?:[ Tt]${TIME})?(?: ?(Z|z|UTC)|([+-])(\\d{1,2})(?::(\\d{2}))?)?$`),
};
const DAY_MS = 86_400_000;
const LEAST_MS = Date.parse('0001-01-01T00:00:00Z');
const MOST_MS = Date.parse('9999-12-31T23:59:59.999Z');

type Parts = ReadonlyArray<string | undefined>;

/** Returns a DATE as `YYYY-MM-DD`. */
export function date(text: string): string {
  const parts = match(text, 'DATE');
  return new Date(dayMs(parts, 'DATE', text)).toISOString().slice(0, 10);
}

/** Returns a TIME as `HH:MM:SS[.ffffff]`. */
export function time(text: string): string {
  return timeText(micros(match(text, 'TIME'), 1, 'TIME', text));
}

/** Returns a DATETIME as `YYYY-MM-DDTHH:MM:SS[.ffffff]`. */
export function datetime(text: string): string {
  const parts = match(text, 'DATETIME');
  const day = new Date(dayMs(parts, 'DATETIME', text)).toISOString().slice(0, 10);
  return `${day}T${timeText(micros(parts, 4, 'DATETIME', text))}`;
}

/** Returns microseconds since the epoch, for years 0001 to 9999 ("Data types", timestamp type). There is no second 60. */
export function timestamp(text: string): bigint {
  const parts = match(text, 'TIMESTAMP');
  const [sign, hours = '0', minutes = '0'] = parts.slice(9, 12);
  if (Number(hours) > 14 || Number(minutes) > 59) throw bad('TIMESTAMP', text);
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? 1 : -1);
  const ofDay = micros(parts, 4, 'TIMESTAMP', text);
  const dayAndOffset = dayMs(parts, 'TIMESTAMP', text) + (sign === undefined ? 0 : offsetMs);
  const ms = dayAndOffset + Math.floor(ofDay / 1000);
  if (ms < LEAST_MS || ms > MOST_MS) throw bad('TIMESTAMP', text);
  return BigInt(dayAndOffset) * 1000n + BigInt(ofDay);
}

/** Returns text like that of `Date.toISOString`, with six digits where microseconds are not zero. */
export function isoText(microseconds: bigint): string {
  const rest = ((microseconds % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((microseconds - rest) / 1000n)).toISOString();
  return rest === 0n ? iso : `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

function match(text: string, type: keyof typeof FORMS): Parts {
  const found = FORMS[type].exec(text.trim());
  if (found === null) throw bad(type, text);
  return found;
}

function dayMs([, year, month, day]: Parts, type: string, text: string): number {
  const iso = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`;
  const ms = Date.parse(`${iso}T00:00:00Z`);
  if (Number.isNaN(ms) || ms < LEAST_MS || new Date(ms).toISOString().slice(0, 10) !== iso)
    throw bad(type, text);
  return ms;
}

/** Returns the microseconds of the day from the four parts that begin at `from`. */
function micros(parts: Parts, from: number, type: string, text: string): number {
  const [hours = '0', minutes = '0', seconds = '0', fraction = ''] = parts.slice(from, from + 4);
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) throw bad(type, text);
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

function timeText(microsOfDay: number): string {
  const fraction = microsOfDay % 1_000_000;
  const clock = new Date(Math.floor(microsOfDay / 1000) % DAY_MS).toISOString().slice(11, 19);
  return fraction === 0 ? clock : `${clock}.${String(fraction).padStart(6, '0')}`;
}

function bad(type: string, text: string): BadValue {
  return new BadValue(`Could not parse '${text.slice(0, 100)}' as ${type}.`);
}
