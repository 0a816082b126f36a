import { BadValue } from './value.js';

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
/** "Data types", INT64. */
const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
/** Digits after the point, and the bounds of the number without its point ("Data types", decimal types). */
const DECIMALS = {
  NUMERIC: { scale: 9, least: -(10n ** 38n - 1n), most: 10n ** 38n - 1n },
  BIGNUMERIC: { scale: 38, least: -(2n ** 255n), most: 2n ** 255n - 1n },
} as const;

/** Returns an INT64 as canonical decimal text. */
export function int64(text: string): string {
  if (!/^[+-]?\d+$/.test(text)) throw new BadValue('Could not convert value to integer.');
  const value = BigInt(text.replace('+', ''));
  if (value < INT64.least || value > INT64.most) throw new BadValue('Could not convert value to integer.');
  return String(value);
}

/** Returns a decimal, with excess digits after the point rounded half away from zero ("Data types", decimal types). */
export function decimal(text: string, type: 'NUMERIC' | 'BIGNUMERIC'): string {
  const { scale, least, most } = DECIMALS[type];
  const value = scaled(text, scale);
  if (value === undefined || value < least || value > most)
    throw new BadValue(`Invalid ${type} value: ${text.slice(0, 100)}`);
  return pointed(value, scale);
}

/** Returns the number times 10^scale, rounded; undefined for text that is not a number. */
function scaled(text: string, scale: number): bigint | undefined {
  const match = NUMBER.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  const shift = scale - fraction.length + Number(exponent);
  if (/^0+$/.test(digits)) return 0n;
  if (digits.length + shift > 90) return 10n ** 90n;
  const magnitude = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : roundedOff(digits, -shift);
  return sign === '-' ? -magnitude : magnitude;
}

function roundedOff(digits: string, count: number): bigint {
  if (count > digits.length) return 0n;
  const kept = BigInt(digits.slice(0, digits.length - count) || '0');
  return (digits[digits.length - count] ?? '0') >= '5' ? kept + 1n : kept;
}

function pointed(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = String(negative ? -value : value).padStart(scale + 1, '0');
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  const whole = digits.slice(0, -scale);
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
