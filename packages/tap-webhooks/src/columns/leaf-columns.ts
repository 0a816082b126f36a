import { compact, isDateTime, type JsonNode, type JsonSchema, stringValue } from '@tap-webhooks/singer';
import type { Column, ColumnBuilder } from './column.js';
import { printedBytes, type Size } from './size.js';
import { numberType, rawText, type ScalarType } from './values.js';

/** A column of numbers, strings, booleans or times. */
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

  fitsUnchanged(text: string, node: JsonNode): boolean {
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

  write(text: string, node: JsonNode, builder: ColumnBuilder): string {
    const raw = rawText(text, node);
    if (node.kind !== 'number') return raw;
    if (this.#type === 'string') return `"${raw}"`;
    if (this.#type === 'integer' && numberType(text, node.start, node.end) === 'number') {
      this.#type = 'number';
      builder.noteChange();
    }
    return raw;
  }

  refit(text: string, node: JsonNode): string {
    return rawText(text, node);
  }

  merge(): void {
    // A column never changes its type because of a schema.
  }

  size(): Size {
    return { columns: 1, bytes: printedBytes(this.toSchema()) };
  }

  toSchema(): JsonSchema {
    const type = this.#type === 'date-time' ? 'string' : this.#type;
    return { type: this.#isNullable ? ['null', type] : type, ...this.#keywords };
  }
}

/**
 * A column whose values are written as they were sent, including the names and numbers within them; a warehouse stores it
 * as JSON. It is created where values have no common type, and for parts of a given schema that no other kind can express.
 */
export class UntypedColumn implements Column {
  readonly type: 'object' | 'array' | undefined;
  readonly #schema: JsonSchema;

  /** @param type when the schema says at least that much; values of other types then go to a split column. */
  constructor(schema: JsonSchema = {}, type?: 'object' | 'array') {
    this.#schema = schema;
    this.type = type;
  }

  fitsUnchanged(_text: string, node: JsonNode): boolean {
    return this.type === undefined || this.type === node.kind;
  }

  accepts(text: string, node: JsonNode): boolean {
    return this.fitsUnchanged(text, node);
  }

  write(text: string, node: JsonNode): string {
    return compact(text, node);
  }

  refit(text: string, node: JsonNode): string {
    return rawText(text, node);
  }

  merge(): void {
    // Everything fits already.
  }

  size(): Size {
    return { columns: 1, bytes: printedBytes(this.toSchema()) };
  }

  toSchema(): JsonSchema {
    return this.#schema;
  }
}
