import { fitsDigits, isInt64, parseDecimal } from '@tap-webhooks/singer';

export type NumberType = 'integer' | 'number' | 'string';

/** BIGNUMERIC holds 38 digits on either side of the point in full (its 39th integer digit only in part). */
const MAX_DIGITS = 38;
/** A shorter number without exponent always fits. */
const SURELY_SHORT = 30;

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

function isHoldable(raw: string): boolean {
  return fitsDigits(parseDecimal(raw), MAX_DIGITS, MAX_DIGITS);
}
