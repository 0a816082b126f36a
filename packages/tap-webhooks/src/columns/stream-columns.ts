import { type JsonNode, LIMIT } from '@tap-webhooks/singer';
import { ArrayColumn } from './array-column.js';
import type { Column, ColumnBuilder } from './column.js';
import { ScalarColumn, UntypedColumn } from './leaf-columns.js';
import { ObjectColumn } from './object-column.js';
import { hasType, typeOf } from './values.js';

/** Creates and counts the columns of one stream. */
export class StreamColumns implements ColumnBuilder {
  #properties: number;
  #changed = false;

  /** @param properties that the stream has so far, counted as `LIMIT.columnsPerStream` counts. */
  constructor(properties: number) {
    this.#properties = properties;
  }

  hasRoomFor(column: Column): boolean {
    return this.#properties + column.propertyCount() <= LIMIT.columnsPerStream;
  }

  count(properties: number): void {
    this.#properties += properties;
    this.noteChange();
  }

  noteChange(): void {
    this.#changed = true;
  }

  /** Returns whether anything changed since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  columnFor(text: string, node: JsonNode): Column {
    const type = typeOf(text, node);
    if (type === 'object') return new ObjectColumn();
    return type === 'array' ? new ArrayColumn(this.#commonItems(text, node)) : new ScalarColumn(type);
  }

  itemsFor(text: string, node: JsonNode): Column | undefined {
    const items = this.#commonItems(text, node);
    if (items) this.count(items.propertyCount() - 1);
    return items;
  }

  throwaway(node: JsonNode): Column {
    return node.kind === 'object' ? new ObjectColumn() : new ArrayColumn();
  }

  /** The first item that has a type decides; the items have no type when another item does not fit that one. */
  #commonItems(text: string, node: JsonNode): Column | undefined {
    const items = node.items ?? [];
    const first = items.find(hasType);
    if (first === undefined) return undefined;
    const column = this.columnFor(text, first);
    return items.every((item) => item.kind === 'null' || column.accepts(text, item))
      ? column
      : new UntypedColumn();
  }
}
