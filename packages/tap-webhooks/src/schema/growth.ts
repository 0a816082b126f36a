import type { JsonNode } from '@tap-webhooks/singer';
import { ArrayColumn } from './array-column.js';
import type { Column } from './column.js';
import { MAX_PROPERTIES_PER_STREAM } from './limits.js';
import { ObjectColumn } from './object-column.js';
import { ScalarColumn } from './scalar-column.js';
import { hasType, typeOf } from './types.js';
import { UntypedColumn } from './untyped-column.js';

/** How a stream's columns come to be, and how many there are. */
export class Growth {
  #properties: number;
  #grew = false;

  /** @param properties of the stream so far, by the count of `MAX_PROPERTIES_PER_STREAM`. */
  constructor(properties: number) {
    this.#properties = properties;
  }

  hasRoomFor(column: Column): boolean {
    return this.#properties + column.weight() <= MAX_PROPERTIES_PER_STREAM;
  }

  add(properties: number): void {
    this.#properties += properties;
    this.note();
  }

  /** A column has changed. */
  note(): void {
    this.#grew = true;
  }

  /** Did anything change since this was last asked? */
  takeGrew(): boolean {
    const grew = this.#grew;
    this.#grew = false;
    return grew;
  }

  /** A new column for a value that has a type, with no columns of its own yet: writing the value adds them. */
  columnOf(text: string, node: JsonNode): Column {
    const type = typeOf(text, node);
    if (type === 'object') return new ObjectColumn();
    return type === 'array' ? new ArrayColumn(commonItems(text, node, this)) : new ScalarColumn(type);
  }

  /** The items of an array column that had none; undefined while no item has a type. */
  itemsOf(text: string, node: JsonNode): Column | undefined {
    const items = commonItems(text, node, this);
    if (items) this.add(items.weight() - 1);
    return items;
  }

  /** Stands in where a value without type has no column: names within it are renamed all the same. */
  passing(node: JsonNode): Column {
    return node.kind === 'object' ? new ObjectColumn() : new ArrayColumn();
  }
}

/** Decided by the first item that has a type; items of no type when another item does not fit that one. */
function commonItems(text: string, node: JsonNode, growth: Growth): Column | undefined {
  const items = node.items ?? [];
  const first = items.find(hasType);
  if (first === undefined) return undefined;
  const column = growth.columnOf(text, first);
  return items.every((item) => item.kind === 'null' || column.accepts(text, item))
    ? column
    : new UntypedColumn();
}
