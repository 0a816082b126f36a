/**
 * Exact questions about a number in its text. A double would round it, so its digits are compared as text.
 */

/** ±0.`digits` × 10^`point`. Zero has no digits, and `point` 0. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without the zeros around them. */
  readonly digits: string;
  readonly point: number;
}

const MINUS = 0x2d;
const ZERO = 0x30;
/** A JSON number (RFC 8259 §6), or one with leading zeros, as text outside JSON may have them. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Digits of the largest integer of 64 bits. */
const INT64_DIGITS = 19;
const WHOLE = /^-?\d{1,19}$/;
const INT64_END = 2n ** 63n;
/** A double holds every number of at most this many characters that has no exponent. */
const SURELY_HELD = 15;
/** Longest exponent, with its sign, that is computed with. */
const LONGEST_EXPONENT = 12;

/** Is the text a number? All other functions here take only such texts. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** Reads a number. Its exponent is rounded when it has more than 15 digits. */
export function parseDecimal(number: string): Decimal {
  const isNegative = number.charCodeAt(0) === MINUS;
  const exponentAt = exponentOf(number);
  const mantissa = number.slice(isNegative ? 1 : 0, exponentAt < 0 ? number.length : exponentAt);
  const pointAt = mantissa.indexOf('.');
  const all = pointAt < 0 ? mantissa : mantissa.slice(0, pointAt) + mantissa.slice(pointAt + 1);
  // not by a pattern: one such as /0+$/ takes quadratic time
  let first = 0;
  let last = all.length;
  while (first < last && all.charCodeAt(first) === ZERO) first += 1;
  while (last > first && all.charCodeAt(last - 1) === ZERO) last -= 1;
  const exponent = exponentAt < 0 ? 0 : Number(number.slice(exponentAt + 1));
  const point = (pointAt < 0 ? mantissa.length : pointAt) - first + exponent;
  return { isNegative, digits: all.slice(first, last), point: first === last ? 0 : point };
}

/** Position of the letter; -1 when the number has no exponent. */
function exponentOf(number: string): number {
  return number.search(/[eE]/);
}

/** Without an exponent, a plus sign and needless zeros. Only for a number of bounded size: 1e9 has a billion zeros. */
export function plainText({ isNegative, digits, point }: Decimal): string {
  if (digits === '') return '0';
  const sign = isNegative ? '-' : '';
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The same text for equal numbers however they are written (1.0, 10e-1), and another one for every other number. */
export function canonicalNumber(number: string): string {
  const exponentAt = exponentOf(number);
  if (exponentAt >= 0 && number.length - exponentAt - 1 > LONGEST_EXPONENT) return number; // as it is written
  const { isNegative, digits, point } = parseDecimal(number);
  return digits === '' ? '0' : `${isNegative ? '-' : ''}${digits}e${point - digits.length}`;
}

/** Is the number an integer, such as 1.0 or 1e3? */
export function isWhole({ digits, point }: Decimal): boolean {
  return point >= digits.length;
}

/** Digits that the number needs after the point. */
export function scaleOf({ digits, point }: Decimal): number {
  return Math.max(0, digits.length - point);
}

/** Returns whether so many digits before the point, and so many after it, hold the number. */
export function fitsDigits({ digits, point }: Decimal, before: number, after: number): boolean {
  return point <= before && digits.length - point <= after;
}

/** Returns the number × 10^`scale`. The number must not need more than `scale` digits after the point. */
export function scaled({ isNegative, digits, point }: Decimal, scale: number): bigint {
  const value = BigInt(digits.padEnd(point + scale, '0'));
  return isNegative ? -value : value;
}

/** Do 64 bits, signed, hold the integer that is written from `start` to `end`, without point, exponent and leading zeros? */
export function isInt64(text: string, start: number, end: number): boolean {
  const isNegative = text.charCodeAt(start) === MINUS;
  const digits = end - start - (isNegative ? 1 : 0);
  if (digits !== INT64_DIGITS) return digits < INT64_DIGITS;
  const limit = isNegative ? '9223372036854775808' : '9223372036854775807';
  return text.slice(end - digits, end) <= limit;
}

/** The number as an integer of 64 bits, signed; undefined when it is none. 1.0 and 1e3 are integers. */
export function int64(number: string): bigint | undefined {
  if (!WHOLE.test(number)) {
    const decimal = parseDecimal(number);
    return isWhole(decimal) && decimal.point <= INT64_DIGITS ? within64(scaled(decimal, 0)) : undefined;
  }
  return within64(BigInt(number));
}

function within64(value: bigint): bigint | undefined {
  return value < INT64_END && value >= -INT64_END ? value : undefined;
}

/**
 * Do readers with doubles print the same number again, trailing zeros aside? They do for 0.1. They do not for 2^60, which a
 * double is exactly, but which is printed as 1152921504606847000.
 */
export function holdsInDouble(number: string): boolean {
  if (number.length <= SURELY_HELD && exponentOf(number) < 0) return true;
  const value = Number(number);
  if (!Number.isFinite(value)) return false;
  const [sent, held] = [parseDecimal(number), parseDecimal(String(value))];
  return sent.digits === held.digits && sent.point === held.point;
}

/** Is the number an integer that is exactly the double which it is read as? 2^60 is, and 2^60 + 1 is not. */
export function isDoubleInteger(number: string): boolean {
  const value = Number(number);
  const decimal = parseDecimal(number);
  return Number.isFinite(value) && isWhole(decimal) && scaled(decimal, 0) === BigInt(value);
}
