import type { JsonNode, JsonSchema } from '@tap-webhooks/singer';
import type { Column } from './column.js';
import type { Growth } from './growth.js';

export class ArrayColumn implements Column {
  readonly type = 'array';
  readonly #keywords: JsonSchema;
  #items: Column | undefined;

  /**
   * @param items undefined until an item shows a type.
   * @param keywords of the schema beside `type` and `items`.
   */
  constructor(items?: Column, keywords: JsonSchema = {}) {
    this.#items = items;
    this.#keywords = keywords;
  }

  holds(text: string, node: JsonNode): boolean {
    const items = this.#items;
    for (const item of node.items ?? []) {
      if (item.kind !== 'null' && !items?.holds(text, item)) return false;
    }
    return node.kind === 'array';
  }

  /** An array fits as a whole or not at all: one item of another type, and all of it moves to a column of no type. */
  accepts(text: string, node: JsonNode): boolean {
    if (node.kind !== 'array') return false;
    const items = this.#items;
    return (
      items === undefined ||
      (node.items ?? []).every((item) => item.kind === 'null' || items.accepts(text, item))
    );
  }

  write(text: string, node: JsonNode, growth: Growth): string {
    this.#items ??= growth.itemsOf(text, node);
    const items = (node.items ?? []).map((item) => {
      if (item.kind === 'null') return 'null';
      return (this.#items ?? growth.passing(item)).write(text, item, growth);
    });
    return `[${items.join(',')}]`;
  }

  adopt(base: Column, growth: Growth): void {
    if (!(base instanceof ArrayColumn) || base.#items === undefined) return;
    if (this.#items !== undefined) this.#items.adopt(base.#items, growth);
    else {
      this.#items = base.#items;
      growth.add(base.#items.weight() - 1);
    }
  }

  /** What array items are made of counts; the items themselves are the same property. */
  weight(): number {
    return this.#items?.weight() ?? 1;
  }

  toSchema(): JsonSchema {
    return {
      type: ['null', 'array'],
      ...(this.#items ? { items: this.#items.toSchema() } : {}),
      ...this.#keywords,
    };
  }

  get items(): Column | undefined {
    return this.#items;
  }
}
