import { fitsDigits, isInt64, type JsonNode, parseDecimal } from '@tap-webhooks/singer';

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

export type ScalarType = 'integer' | 'number' | 'string' | 'boolean' | 'date-time';
export type ColumnType = ScalarType | 'object' | 'array';
/** What a value by itself can be; text is a `date-time` only where a schema says so. */
export type ValueType = Exclude<ColumnType, 'date-time'>;

/** Split columns of no type, for arrays that do not fit where arrays are. */
export const UNTYPED = '__js';

/**
 * Split columns that a value of a type may go to, the one to be born first. Integer and number share theirs: an integer
 * fits a number's column, and an integer's column becomes a number's.
 */
export const SPLITS: { readonly [type in ValueType]: readonly [string, ...string[]] } = {
  integer: ['__it', '__nu'],
  number: ['__nu', '__it'],
  string: ['__st'],
  boolean: ['__bo'],
  object: ['__re'],
  array: ['__ar', UNTYPED],
};

/** Of a value that is not null. */
export function typeOf(text: string, node: JsonNode): ValueType {
  if (node.kind === 'number') return numberType(text, node.start, node.end);
  return node.kind as Exclude<JsonNode['kind'], 'number' | 'null'>;
}

/** Null, `[]`, `{}` and what holds nothing else give no type: no column can be born from them. */
export function hasType(node: JsonNode): boolean {
  if (node.kind === 'object') return node.members?.some((member) => hasType(member.value)) ?? false;
  if (node.kind === 'array') return node.items?.some(hasType) ?? false;
  return node.kind !== 'null';
}
