import {
  fitsDigits,
  isInt64,
  type JsonNode,
  parseDecimal,
  SPLIT_SUFFIX,
  splitOrigin,
} from '@tap-webhooks/singer';

export type NumberType = 'integer' | 'number' | 'string';

/** BIGNUMERIC holds 38 digits on either side of the point in full (its 39th integer digit only in part). */
const MAX_DIGITS = 38;
/** A shorter number without exponent always fits. */
const SURELY_SHORT = 30;

/**
 * Returns the type of a number as it is written: `integer` without a point or exponent and within 64 bits; `number` within
 * what a BIGNUMERIC holds; else `string`, since no warehouse has a number type for it and its digits are kept as text.
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
/** The types that a value can show by itself. Text is a `date-time` only where a schema says so. */
export type ValueType = Exclude<ColumnType, 'date-time'>;

/**
 * Suffixes of the split columns that a value of each type may go to; a new column gets the first. Integers and numbers share
 * theirs: an integer fits a column of numbers, and a column of integers can become one of numbers.
 */
export const SPLIT_SUFFIXES: { readonly [type in ValueType]: readonly [string, ...string[]] } = {
  integer: [SPLIT_SUFFIX.integer, SPLIT_SUFFIX.number],
  number: [SPLIT_SUFFIX.number, SPLIT_SUFFIX.integer],
  string: [SPLIT_SUFFIX.string],
  boolean: [SPLIT_SUFFIX.boolean],
  object: [SPLIT_SUFFIX.record],
  array: [SPLIT_SUFFIX.array, SPLIT_SUFFIX.untyped],
};

const SUFFIXES: ReadonlySet<string> = new Set(Object.values(SPLIT_SUFFIX));

/** Returns the column that a split column was split from; undefined for every other column. */
export function splitSource(column: string): string | undefined {
  // A name that consists only of a suffix was split from the column without a name.
  return SUFFIXES.has(column) ? '' : splitOrigin(column);
}

/** Returns the value as it is written in the text. */
export function rawText(text: string, { start, end }: JsonNode): string {
  return text.slice(start, end);
}

export function isContainer({ kind }: JsonNode): boolean {
  return kind === 'object' || kind === 'array';
}

/** Returns the type of a value that is not null. */
export function typeOf(text: string, node: JsonNode): ValueType {
  if (node.kind === 'number') return numberType(text, node.start, node.end);
  return node.kind as Exclude<JsonNode['kind'], 'number' | 'null'>;
}

/** False for null, `[]`, `{}` and values that hold nothing else: they show no type, so no column is created for them. */
export function hasType(node: JsonNode): boolean {
  if (node.kind === 'object') return node.members?.some((member) => hasType(member.value)) ?? false;
  if (node.kind === 'array') return node.items?.some(hasType) ?? false;
  return node.kind !== 'null';
}

/** What an object or array without a type has at its innermost end, in JSON without white space. */
const TYPELESS_END = /\[\]|\{\}|null[\]}]/;
const TYPELESS_ENDS = new RegExp(TYPELESS_END, 'g');

/** Returns whether a text can hold an object or array that shows no type. Quick; true for some texts that hold none. */
export function mayHoldTypeless(json: string): boolean {
  return TYPELESS_END.test(json);
}

/** Returns how many characters a row can gain when it is fitted again: each such value may move to a split column. */
export function mostGrowth(json: string): number {
  return (json.match(TYPELESS_ENDS)?.length ?? 0) * SPLIT_SUFFIX.untyped.length;
}
