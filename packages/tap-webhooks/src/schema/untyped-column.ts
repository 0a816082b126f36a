import { compact, type JsonNode, type JsonSchema } from '@tap-webhooks/singer';
import type { Column } from './column.js';

/**
 * A column whose values are carried as they were sent, names and numbers within them too: JSON in a warehouse. Generated
 * where values have no common type; and what stands for a part of a given schema that is not plain.
 */
export class UntypedColumn implements Column {
  readonly type: 'object' | 'array' | undefined;
  readonly #schema: JsonSchema;

  /** @param type when the schema says at least that much: values of other types are split from it. */
  constructor(schema: JsonSchema = {}, type?: 'object' | 'array') {
    this.#schema = schema;
    this.type = type;
  }

  holds(_text: string, node: JsonNode): boolean {
    return this.type === undefined || this.type === node.kind;
  }

  accepts(text: string, node: JsonNode): boolean {
    return this.holds(text, node);
  }

  write(text: string, node: JsonNode): string {
    return compact(text, node);
  }

  adopt(): void {
    // everything fits already
  }

  weight(): number {
    return 1;
  }

  toSchema(): JsonSchema {
    return this.#schema;
  }
}
