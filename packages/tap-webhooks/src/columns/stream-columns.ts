import { type JsonNode, LIMIT } from '@tap-webhooks/singer';
import { ArrayColumn, itemsSize } from './array-column.js';
import type { Column, ColumnBuilder } from './column.js';
import { ScalarColumn, UntypedColumn } from './leaf-columns.js';
import { ObjectColumn } from './object-column.js';
import { RESERVED_SCHEMA_BYTES, type Size } from './size.js';
import { hasType, typeOf } from './values.js';

/** Creates and counts the columns of one stream. */
export class StreamColumns implements ColumnBuilder {
  readonly maxMapKeys: number;
  #columns: number;
  #bytes: number;
  #changed = false;

  /** @param size of the row's column. The row itself is not a column of the stream. */
  constructor({ columns, bytes }: Size, maxMapKeys: number) {
    this.maxMapKeys = maxMapKeys;
    this.#columns = columns - 1;
    this.#bytes = bytes + RESERVED_SCHEMA_BYTES;
  }

  hasRoomFor({ columns, bytes }: Size): boolean {
    return this.#columns + columns <= LIMIT.columnsPerStream && this.#bytes + bytes <= LIMIT.schemaLineBytes;
  }

  count({ columns, bytes }: Size): void {
    this.#columns += columns;
    this.#bytes += bytes;
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

  columnFor(text: string, node: JsonNode, pathBytes: number): Column {
    const type = typeOf(text, node);
    if (type === 'object') return new ObjectColumn(pathBytes);
    if (type !== 'array') return new ScalarColumn(type);
    return new ArrayColumn(pathBytes, this.#commonItems(text, node, pathBytes));
  }

  itemsFor(text: string, node: JsonNode, pathBytes: number): Column | undefined {
    const common = this.#commonItems(text, node, pathBytes);
    if (!common) return undefined;
    const items = this.hasRoomFor(itemsSize(common)) ? common : new UntypedColumn();
    this.count(itemsSize(items));
    return items;
  }

  throwaway(node: JsonNode): Column {
    return node.kind === 'object' ? new ObjectColumn(0) : new ArrayColumn(0);
  }

  /** The first item that has a type decides; the items have no type when another item does not fit that one. */
  #commonItems(text: string, node: JsonNode, pathBytes: number): Column | undefined {
    const items = node.items ?? [];
    const first = items.find(hasType);
    if (first === undefined) return undefined;
    const column = this.columnFor(text, first, pathBytes);
    return items.every((item) => item.kind === 'null' || column.accepts(text, item))
      ? column
      : new UntypedColumn();
  }
}
