import type { JsonNode } from '@tap-webhooks/singer';
import { numberType } from './numbers.js';

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
