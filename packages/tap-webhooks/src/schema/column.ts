import type { JsonNode, JsonSchema } from '@tap-webhooks/singer';
import type { Growth } from './growth.js';
import type { ColumnType } from './types.js';

/**
 * One column, at any level: a member of an object, or the items of an array. It judges and writes values that are not
 * null (null fits every column and stands as it is).
 */
export interface Column {
  /** Undefined: of no type, so that every value fits. */
  readonly type: ColumnType | undefined;
  /** Does the value fit as it is written: nothing renamed, moved, turned into text, and nothing to be learned from it? */
  holds(text: string, node: JsonNode): boolean;
  /** Can the value stand in this column, if need be after the column has grown? Changes nothing. */
  accepts(text: string, node: JsonNode): boolean;
  /** The value as it stands in the row. The column grows where it must. Only for values that it accepts. */
  write(text: string, node: JsonNode, growth: Growth): string;
  /** Adds the columns within `base` that this one lacks; what it has stays as it is. */
  adopt(base: Column, growth: Growth): void;
  /** How many properties of the stream's cap this column takes, itself included. */
  weight(): number;
  toSchema(): JsonSchema;
}
