import type { JsonNode, JsonSchema } from '@tap-webhooks/singer';
import type { Column, ColumnBuilder } from './column.js';
import { arrayBytes, type Size } from './size.js';
import { isContainer, rawText } from './values.js';

/** A column of arrays, with one column for all items. */
export class ArrayColumn implements Column {
  readonly type = 'array';
  readonly #pathBytes: number;
  readonly #keywords: JsonSchema;
  #items: Column | undefined;

  /**
   * @param pathBytes of the path to the members of the items, as `innerPathBytes` returns it.
   * @param items undefined until an item shows a type.
   * @param keywords of the schema beside `type` and `items`.
   */
  constructor(pathBytes: number, items?: Column, keywords: JsonSchema = {}) {
    this.#pathBytes = pathBytes;
    this.#items = items;
    this.#keywords = keywords;
  }

  get items(): Column | undefined {
    return this.#items;
  }

  fitsUnchanged(text: string, node: JsonNode): boolean {
    const items = this.#items;
    for (const item of node.items ?? []) {
      if (item.kind !== 'null' && !items?.fitsUnchanged(text, item)) return false;
    }
    return node.kind === 'array';
  }

  /** An array fits as a whole or not at all: one item of another type sends all of it to a column without a type. */
  accepts(text: string, node: JsonNode): boolean {
    if (node.kind !== 'array') return false;
    const items = this.#items;
    return (
      items === undefined ||
      (node.items ?? []).every((item) => item.kind === 'null' || items.accepts(text, item))
    );
  }

  write(text: string, node: JsonNode, builder: ColumnBuilder): string {
    this.#items ??= builder.itemsFor(text, node, this.#pathBytes);
    const items = (node.items ?? []).map((item) => {
      if (item.kind === 'null') return 'null';
      return (this.#items ?? builder.throwaway(item)).write(text, item, builder);
    });
    return `[${items.join(',')}]`;
  }

  refit(text: string, node: JsonNode): string {
    const items = this.#items;
    if (items === undefined) return rawText(text, node);
    return `[${(node.items ?? []).map((item) => refitInner(items, text, item)).join(',')}]`;
  }

  merge(other: Column, builder: ColumnBuilder): void {
    if (!(other instanceof ArrayColumn) || other.#items === undefined) return;
    if (this.#items !== undefined) this.#items.merge(other.#items, builder);
    else {
      this.#items = other.#items;
      builder.count(itemsSize(this.#items));
    }
  }

  /** An array and its items are one property; what the items consist of counts beside it. */
  size(): Size {
    const own = { columns: 1, bytes: arrayBytes(this.#keywords) };
    const items = this.#items && itemsSize(this.#items);
    return items ? { columns: own.columns + items.columns, bytes: own.bytes + items.bytes } : own;
  }

  toSchema(): JsonSchema {
    return {
      type: ['null', 'array'],
      ...(this.#items ? { items: this.#items.toSchema() } : {}),
      ...this.#keywords,
    };
  }
}

/** Only objects and arrays hold names. */
function refitInner(column: Column, text: string, node: JsonNode): string {
  return isContainer(node) ? column.refit(text, node) : rawText(text, node);
}

/** Returns what an array column gains with its items, for which it counts one column already. */
export function itemsSize(items: Column): Size {
  const { columns, bytes } = items.size();
  return { columns: columns - 1, bytes };
}
