import type { Diverted } from './diverted.js';

/**
 * Writes rows for a load job, each value as its column takes it and none altered:
 * - INTEGER: `1.0` and `1e3` as integers; beyond ±(2^53-1) as a string, as BigQuery asks for ("Loading JSON data").
 * - NUMERIC, BIGNUMERIC: as a string of the digits sent, without exponent.
 * - TIMESTAMP: as sent, with `T`, `Z`, seconds and the offset's colon put in where BigQuery needs them. A time that is finer than
 *   a microsecond fills the column to the microsecond, and its whole text is in `_sdc_extra`; a key is not cut.
 * - JSON: as sent, but a number that neither 64 bits nor a double hold becomes a string of its digits.
 * - Half of a surrogate pair (`\\ud83d`), which BigQuery cannot hold, becomes these six characters.
 *
 * A value that does not fit goes to a split column of its field, else to `_sdc_extra`. BigQuery does not tell three things
 * apart: a null and an absent member, null and `[]` for an array, and an object without members and one whose members are
 * null for a RECORD.
 */
export interface RowEncoder {
  /**
   * Writes a row as one line of newline-delimited JSON.
   * @param rowText JSON text of a row.
   * @returns `refused` when BigQuery would refuse the row, or change a value: a sentence that names the field and never
   * quotes the value.
   */
  encode(rowText: string): EncodedRow;
  /** The last row was not used after all: it is to be written again, or refused. */
  uncount(): void;
  /** Returns which values of the rows were diverted since the last call: the column of their field does not hold them. */
  takeDiverted(): readonly Diverted[];
}

/** A row as it is loaded, or why it cannot be. */
export type EncodedRow = { readonly json: string } | { readonly refused: string };
