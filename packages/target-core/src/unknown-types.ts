import { isObject, type JsonSchema, type Logger } from '@tap-webhooks/singer';
import { quote } from './errors.js';

const TYPES: ReadonlySet<unknown> = new Set([
  ...['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'],
]);
/** An endless number of columns must not fill log and memory. */
const MOST_NAMED = 50;

/** Logs each column whose type JSON Schema does not have, once. Its values are neither checked nor typed. */
export class UnknownTypes {
  readonly #stream: string;
  readonly #log: Logger;
  readonly #named = new Set<string>();
  /** Parts of schemas that were looked at: a further SCHEMA shares those that did not change. */
  readonly #seen = new WeakSet<object>();

  constructor(stream: string, log: Logger) {
    this.#stream = stream;
    this.#log = log;
  }

  /** @param column dotted path of what the schema is of; arrays add no step. Empty for the record itself. */
  look(schema: unknown, column = ''): void {
    if (!isObject(schema) || this.#seen.has(schema)) return;
    this.#seen.add(schema);
    for (const type of unknownTypesOf(schema)) this.#mention(column, type);
    const { properties, items, anyOf, oneOf, allOf } = schema;
    if (isObject(properties)) {
      for (const [name, nested] of Object.entries(properties)) {
        this.look(nested, column === '' ? name : `${column}.${name}`);
      }
    }
    for (const nested of [items, anyOf, oneOf, allOf].flat()) this.look(nested, column);
  }

  #mention(column: string, type: string): void {
    if (this.#named.size >= MOST_NAMED || this.#named.has(column)) return;
    this.#named.add(column);
    const what = column === '' ? 'the records' : `the column ${quote(column)}`;
    this.#log.warn(
      { stream: this.#stream },
      `the SCHEMA gives ${what} the type ${type}, which JSON Schema does not have; values are loaded without a type`,
    );
  }
}

function unknownTypesOf({ type }: JsonSchema): string[] {
  if (type === undefined) return [];
  return [type]
    .flat()
    .filter((given) => !TYPES.has(given))
    .map((given) => (typeof given === 'string' ? quote(given) : JSON.stringify(given).slice(0, 200)));
}
