import type { JsonNode, JsonSchema } from '@tap-webhooks/singer';
import type { Size } from './size.js';
import type { ColumnType } from './values.js';

/**
 * One column at any level: a member of an object, or the items of an array. Its methods take values that are not null; null
 * fits every column and is written as it is.
 */
export interface Column {
  /** Undefined: the column has no type, so every value fits. */
  readonly type: ColumnType | undefined;
  /**
   * True when the value can be written exactly as it was sent: nothing is renamed, moved or turned into text, and the column
   * learns nothing from it.
   */
  fitsUnchanged(text: string, node: JsonNode): boolean;
  /** True when this column can take the value, if need be after it has widened or added columns. Changes nothing. */
  accepts(text: string, node: JsonNode): boolean;
  /** Returns the value as JSON text for the row, and widens the column where needed. Only for values that it accepts. */
  write(text: string, node: JsonNode, builder: ColumnBuilder): string;
  /**
   * Returns a value that `write` wrote when there were fewer columns, as JSON text that fits those of now. Only for values that
   * the column accepts. Changes nothing.
   */
  refit(text: string, node: JsonNode): string;
  /** Adds the columns within `other` that this one lacks. Its own columns do not change. */
  merge(other: Column, builder: ColumnBuilder): void;
  /** Returns how much of the stream's limits this column uses, itself included, its name not. */
  size(): Size;
  toSchema(): JsonSchema;
}

/**
 * Creates the columns that a stream gains while events are written, counts them, and remembers that something changed.
 * An interface, so that the kinds of columns need not import one another to be created.
 */
export interface ColumnBuilder {
  /** An object with so many columns stops getting others when hardly any of its names recurs. */
  readonly maxMapKeys: number;
  /** True when the stream's limits leave so much room. */
  hasRoomFor(size: Size): boolean;
  /** Counts what the stream gained, and notes the change. */
  count(size: Size): void;
  /** Notes that a column changed without gaining any. */
  noteChange(): void;
  /**
   * Returns a new column for a value that has a type. It has no columns of its own yet: writing the value adds them.
   * @param pathBytes of the path to the column's members, as `innerPathBytes` returns it.
   */
  columnFor(text: string, node: JsonNode, pathBytes: number): Column;
  /**
   * Returns, and counts, the items of an array column that had none; undefined while no item has a type. They have no type
   * when the limits leave no room for it.
   */
  itemsFor(text: string, node: JsonNode, pathBytes: number): Column | undefined;
  /** Returns a column to write a value through that gets no column. Names within the value are renamed all the same. */
  throwaway(node: JsonNode): Column;
}
