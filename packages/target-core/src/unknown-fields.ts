import type { JsonObject, Logger } from '@tap-webhooks/singer';
import { quote } from './errors.js';

/** An endless number of fields (an object with ids as names, say) must not fill log and memory. */
const MOST_NAMED = 50;

/** Logs each field that a stream's SCHEMA does not name, once. Such fields stay in the rows. */
export class UnknownFields {
  readonly #stream: string;
  readonly #log: Logger;
  readonly #named = new Set<string>();

  constructor(stream: string, log: Logger) {
    this.#stream = stream;
    this.#log = log;
  }

  look(record: JsonObject, columns: ReadonlySet<string>): void {
    for (const name in record) if (!columns.has(name)) this.#mention(name);
  }

  #mention(name: string): void {
    if (this.#named.size > MOST_NAMED || this.#named.has(name)) return;
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
