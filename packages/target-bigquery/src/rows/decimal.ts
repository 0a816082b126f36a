import { type Decimal, fitsDigits, int64, parseDecimal, plainText, scaled } from '@tap-webhooks/singer';

/** BIGNUMERIC is an integer of 256 bits, with 38 of its digits after the point ("Data types"). */
const BIGNUMERIC_SCALE = 38;
const BIGNUMERIC_END = 2n ** 255n;
/** NUMERIC: 29 digits before the point, 9 after it. */
const NUMERIC_SCALE = 9;
const NUMERIC_WHOLE = 29;
const SAFE = 9_007_199_254_740_991n;
/** A BIGNUMERIC holds every number of so many characters that has no exponent. */
const BIGNUMERIC_LENGTH = 38;

/**
 * Text of a number for an INTEGER column: beyond ±(2^53-1) as a JSON string, as BigQuery asks for ("Loading JSON data").
 * @returns undefined when it is no integer of 64 bits.
 */
export function integerText(raw: string): string | undefined {
  const value = int64(raw);
  if (value === undefined) return undefined;
  return value > SAFE || value < -SAFE ? `"${value}"` : String(value);
}

/** JSON string of a number for a NUMERIC or BIGNUMERIC column, without exponent; undefined when it does not hold it. */
export function decimalText(raw: string, type: 'NUMERIC' | 'BIGNUMERIC'): string | undefined {
  const decimal = parseDecimal(raw);
  const fits =
    type === 'NUMERIC'
      ? fitsDigits(decimal, NUMERIC_WHOLE, NUMERIC_SCALE)
      : isShort(raw) || fitsBignumeric(decimal);
  return fits ? `"${isShort(raw) ? raw : plainText(decimal)}"` : undefined;
}

function isShort(raw: string): boolean {
  return raw.length <= BIGNUMERIC_LENGTH && !/[eE]/.test(raw);
}

/** 38 digits before the point always fit, and a 39th in part. */
function fitsBignumeric(decimal: Decimal): boolean {
  if (!fitsDigits(decimal, BIGNUMERIC_SCALE + 1, BIGNUMERIC_SCALE)) return false;
  if (decimal.point <= BIGNUMERIC_SCALE) return true;
  const value = scaled(decimal, BIGNUMERIC_SCALE);
  return value < BIGNUMERIC_END && value >= -BIGNUMERIC_END;
}
