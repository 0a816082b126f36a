import { isDateTime, type JsonNode, type JsonSchema, stringValue } from '@tap-webhooks/singer';
import type { Column } from './column.js';
import type { Growth } from './growth.js';
import { numberType } from './numbers.js';
import type { ScalarType } from './types.js';

export class ScalarColumn implements Column {
  #type: ScalarType;
  readonly #isNullable: boolean;
  readonly #keywords: JsonSchema;

  /** @param keywords of the schema beside `type`, kept as they are (`format: date-time` too). */
  constructor(type: ScalarType, isNullable = true, keywords: JsonSchema = {}) {
    this.#type = type;
    this.#isNullable = isNullable;
    this.#keywords = keywords;
  }

  get type(): ScalarType {
    return this.#type;
  }

  holds(text: string, node: JsonNode): boolean {
    if (node.kind === 'number') {
      const type = numberType(text, node.start, node.end);
      return type !== 'string' && (type === this.#type || this.#type === 'number');
    }
    return this.accepts(text, node);
  }

  accepts(text: string, node: JsonNode): boolean {
    switch (node.kind) {
      case 'number': {
        const isText = numberType(text, node.start, node.end) === 'string';
        return isText ? this.#type === 'string' : this.#type === 'number' || this.#type === 'integer';
      }
      case 'string':
        if (this.#type === 'date-time') return isDateTime(stringValue(text, node));
        return this.#type === 'string';
      default:
        return node.kind === this.#type;
    }
  }

  write(text: string, node: JsonNode, growth: Growth): string {
    const raw = text.slice(node.start, node.end);
    if (node.kind !== 'number') return raw;
    if (this.#type === 'string') return `"${raw}"`;
    if (this.#type === 'integer' && numberType(text, node.start, node.end) === 'number') {
      this.#type = 'number';
      growth.note();
    }
    return raw;
  }

  adopt(): void {
    // a column never changes its type for a schema
  }

  weight(): number {
    return 1;
  }

  toSchema(): JsonSchema {
    const type = this.#type === 'date-time' ? 'string' : this.#type;
    return { type: this.#isNullable ? ['null', type] : type, ...this.#keywords };
  }
}
