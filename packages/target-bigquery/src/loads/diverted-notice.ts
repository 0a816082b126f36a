import type { Logger } from '@tap-webhooks/singer';
import type { Diverted } from '../rows/diverted.js';

/**
 * Says which fields of a table have values that their column does not hold: once per field and run, by the form of the first
 * value and never by the value. It also counts such values in what was loaded.
 */
export class DivertedNotice {
  readonly #log: Logger;
  readonly #said = new Set<string>();
  #loaded = 0;

  /** @param log of the Singer stream. */
  constructor(log: Logger) {
    this.#log = log;
  }

  /** Warns of fields that were not said yet. @returns the number of values, of all fields. */
  say(all: readonly Diverted[]): number {
    let values = 0;
    for (const diverted of all) {
      values += diverted.count;
      if (this.#said.has(diverted.field)) continue;
      this.#said.add(diverted.field);
      this.#log.warn(sentence(diverted));
    }
    return values;
  }

  /** Counts values of rows that are loaded. */
  loaded(values: number): void {
    this.#loaded += values;
  }

  /** Returns the values that were loaded since the last call, as a part of the result of a load. */
  take(): { readonly diverted?: number } {
    const diverted = this.#loaded;
    this.#loaded = 0;
    return diverted > 0 ? { diverted } : {};
  }
}

function sentence({ field, column, into, form }: Diverted): string {
  const name = JSON.stringify(field);
  const where = `The first is ${form}; it is kept in column ${into}.`;
  if (column === undefined)
    return `the field ${name} has no column, since the table has no room for one. ${where}`;
  return `values of the field ${name} do not all fit its column ${column}. ${where}`;
}
