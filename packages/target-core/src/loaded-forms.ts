import type { TableDefinition } from './loader.js';
import type { TableCounts } from './table.js';

/**
 * The forms of a table of which this run has loaded rows. The destination has columns for all of them, so a SCHEMA that goes back and
 * forth between two of them, with other types each time, does not force a load each time.
 */
export class LoadedForms {
  readonly #texts = new Set<string>();
  /** Rows that were loaded when the table got its present form. */
  #rows = 0;

  haveBoth(a: TableDefinition, b: TableDefinition): boolean {
    return this.#texts.has(textOf(a)) && this.#texts.has(textOf(b));
  }

  /** The table has a form from now on. @param counts of the table since the start of the run. */
  begin({ loaded }: TableCounts): void {
    this.#rows = loaded;
  }

  /** Adds the present form after its batch was loaded. Without rows it is not added: only a load brings new columns. */
  add(form: TableDefinition, { loaded }: TableCounts): void {
    if (loaded > this.#rows) this.#texts.add(textOf(form));
  }
}

function textOf({ schema, keyProperties }: TableDefinition): string {
  return JSON.stringify([schema, keyProperties]);
}
