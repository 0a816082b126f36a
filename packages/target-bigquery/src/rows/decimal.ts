/** A number by its digits: 0.digits × 10^point. Zero has no digits. */
interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros around them. */
  readonly digits: string;
  readonly point: number;
}

const ZERO = 0x30;
/** BIGNUMERIC is an integer of 256 bits, of which 38 digits stand behind the point ("Data types"). */
const BIGNUMERIC_SCALE = 38;
const BIGNUMERIC_END = 2n ** 255n;
/** NUMERIC: 29 digits before the point, 9 behind it. */
const NUMERIC_SCALE = 9;
const NUMERIC_WHOLE = 29;
const INT64_END = 2n ** 63n;
const SAFE = 9_007_199_254_740_991n;
/** So many characters without exponent are held by a double, or by a NUMERIC or BIGNUMERIC, whatever they are. */
const DOUBLE_LENGTH = 15;
const BIGNUMERIC_LENGTH = 38;

function parse(raw: string): Decimal {
  const isNegative = raw.charCodeAt(0) === 0x2d;
  const exponentAt = raw.search(/[eE]/);
  const mantissa = raw.slice(isNegative ? 1 : 0, exponentAt < 0 ? raw.length : exponentAt);
  const pointAt = mantissa.indexOf('.');
  const all = pointAt < 0 ? mantissa : mantissa.slice(0, pointAt) + mantissa.slice(pointAt + 1);
  let first = 0;
  let last = all.length;
  while (first < last && all.charCodeAt(first) === ZERO) first += 1;
  while (last > first && all.charCodeAt(last - 1) === ZERO) last -= 1;
  const exponent = exponentAt < 0 ? 0 : Number(raw.slice(exponentAt + 1));
  const point = (pointAt < 0 ? mantissa.length : pointAt) - first + exponent;
  return { isNegative, digits: all.slice(first, last), point: first === last ? 0 : point };
}

/** In plain notation. Only for a number known to be of bounded size. */
function plain({ isNegative, digits, point }: Decimal): string {
  if (digits === '') return '0';
  const sign = isNegative ? '-' : '';
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Is it the number that JSON readers with doubles print again, trailing zeros aside? */
export function holdsInDouble(raw: string): boolean {
  if (raw.length <= DOUBLE_LENGTH && !/[eE]/.test(raw)) return true;
  const value = Number(raw);
  if (!Number.isFinite(value)) return false;
  const [sent, held] = [parse(raw), parse(String(value))];
  return sent.digits === held.digits && sent.point === held.point;
}

/**
 * Text of a number for an INTEGER column: beyond ±(2^53-1) as a JSON string, as BigQuery asks for ("Loading JSON data").
 * @returns undefined when it is no integer of 64 bits.
 */
export function integerText(raw: string): string | undefined {
  const decimal = parse(raw);
  const { digits, point, isNegative } = decimal;
  if (point < digits.length || point > 19) return undefined;
  const text = plain(decimal);
  if (text.length <= DOUBLE_LENGTH) return text;
  const value = BigInt(text);
  if (value >= INT64_END || value < -INT64_END) return undefined;
  return isNegative ? (value < -SAFE ? `"${text}"` : text) : value > SAFE ? `"${text}"` : text;
}

/** JSON string of a number for a NUMERIC or BIGNUMERIC column, without exponent; undefined when it does not hold it. */
export function decimalText(raw: string, type: 'NUMERIC' | 'BIGNUMERIC'): string | undefined {
  const decimal = parse(raw);
  return (type === 'NUMERIC' ? fitsNumeric(decimal) : fitsBignumeric(decimal, raw))
    ? `"${/[eE]/.test(raw) || raw.length > BIGNUMERIC_LENGTH ? plain(decimal) : raw}"`
    : undefined;
}

function fitsNumeric({ digits, point }: Decimal): boolean {
  return point <= NUMERIC_WHOLE && digits.length - point <= NUMERIC_SCALE;
}

function fitsBignumeric({ isNegative, digits, point }: Decimal, raw: string): boolean {
  if (raw.length <= BIGNUMERIC_LENGTH && !/[eE]/.test(raw)) return true;
  if (digits.length - point > BIGNUMERIC_SCALE || point > BIGNUMERIC_SCALE + 1) return false;
  if (point <= BIGNUMERIC_SCALE) return true;
  const scaled = BigInt(digits.padEnd(point + BIGNUMERIC_SCALE, '0'));
  return isNegative ? scaled <= BIGNUMERIC_END : scaled < BIGNUMERIC_END;
}
