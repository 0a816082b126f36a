import type { JsonObject, Logger } from '@tap-webhooks/singer';
import { quote } from './errors.js';

/** An endless number of fields (an object with ids as names, say) must not fill log and memory. */
const MOST_NAMED = 50;

/**
 * Logs each field that a stream's SCHEMA does not name, once. Such fields stay in the rows. A field without a value in it (null,
 * `[]`, `{}`, `[null]`) is not mentioned: it has no type, so no SCHEMA can have a column for it yet.
 */
export class UnknownFields {
  readonly #stream: string;
  readonly #log: Logger;
  readonly #named = new Set<string>();

  constructor(stream: string, log: Logger) {
    this.#stream = stream;
    this.#log = log;
  }

  look(record: JsonObject, columns: ReadonlySet<string>): void {
    for (const name in record) if (!columns.has(name)) this.#mention(name, record[name]);
  }

  #mention(name: string, value: unknown): void {
    if (this.#named.size > MOST_NAMED || this.#named.has(name) || !hasValue(value)) return;
    this.#named.add(name);
    if (this.#named.size > MOST_NAMED) {
      this.#log.warn(
        { stream: this.#stream },
        'further fields that are not in the SCHEMA are kept; they are not logged',
      );
    } else {
      this.#log.warn({ stream: this.#stream }, `the field ${quote(name)} is not in the SCHEMA; it is kept`);
    }
  }
}

/** True when there is a text, a number or a boolean in it, at any level. */
function hasValue(value: unknown): boolean {
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (next === null || next === undefined) continue;
    if (typeof next !== 'object') return true;
    for (const inner of Object.values(next)) waiting.push(inner);
  }
  return false;
}
