export type NumberType = 'integer' | 'number' | 'string';

/** BIGNUMERIC holds 38 digits on either side of the point in full (its 39th integer digit only in part). */
const MAX_DIGITS = 38;
/** A shorter number without exponent always fits. */
const SURELY_SHORT = 30;

const ZERO = 0x30;
const MINUS = 0x2d;

/**
 * Type of a number as written: `integer` without a point or exponent and within 64 bits, `number` within what a BIGNUMERIC
 * holds, else `string`: no warehouse has a number for it, so its digits travel as text.
 * @param start @param end of the number in the text.
 */
export function numberType(text: string, start: number, end: number): NumberType {
  let isWhole = true;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x39) return isHoldable(text.slice(start, end)) ? 'number' : 'string'; // e or E
    if (code === 0x2e) isWhole = false;
  }
  if (isWhole) return isInt64(text, start, end) ? 'integer' : 'string';
  return end - start <= SURELY_SHORT || isHoldable(text.slice(start, end)) ? 'number' : 'string';
}

function isInt64(text: string, start: number, end: number): boolean {
  const isNegative = text.charCodeAt(start) === MINUS;
  const digits = end - start - (isNegative ? 1 : 0);
  if (digits !== 19) return digits < 19;
  const limit = isNegative ? '9223372036854775808' : '9223372036854775807';
  return text.slice(end - digits, end) <= limit;
}

function isHoldable(raw: string): boolean {
  const exponentAt = raw.search(/[eE]/);
  const mantissa = (exponentAt < 0 ? raw : raw.slice(0, exponentAt)).replace('-', '');
  const point = mantissa.indexOf('.');
  const digits = mantissa.replace('.', '');
  const [first, last] = significant(digits);
  if (first === last) return true; // zero, whatever its exponent
  const exponent = exponentAt < 0 ? 0 : Number(raw.slice(exponentAt + 1));
  const wholeDigits = (point < 0 ? digits.length : point) + exponent;
  return wholeDigits - first <= MAX_DIGITS && last - wholeDigits <= MAX_DIGITS;
}

/** Bounds of the digits without the zeros around them. By hand: a pattern for trailing zeros takes quadratic time. */
function significant(digits: string): [first: number, last: number] {
  let first = 0;
  let last = digits.length;
  while (first < last && digits.charCodeAt(first) === ZERO) first += 1;
  while (last > first && digits.charCodeAt(last - 1) === ZERO) last -= 1;
  return [first, last];
}
