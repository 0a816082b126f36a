/**
 * Writes rows for a load job, each value as its column takes it and none altered:
 * - INTEGER: `1.0` and `1e3` as integers; beyond ±(2^53-1) as a string, as BigQuery asks for ("Loading JSON data").
 * - NUMERIC, BIGNUMERIC: as a string of the digits sent, without exponent.
 * - TIMESTAMP: as sent, with `T`, `Z`, seconds and the offset's colon put in where BigQuery needs them.
 * - JSON: as sent, but a number that neither 64 bits nor a double hold becomes a string of its digits.
 * - Half of a surrogate pair (`\\ud83d`), which BigQuery cannot hold, becomes these six characters.
 *
 * A value that does not fit goes to a further column of its field, else to `_sdc_extra`. Three things are the same
 * afterwards, since BigQuery does not tell them apart: a null and no member, null and `[]` for an array, and an object
 * without members and one whose members are null for a RECORD.
 */
export interface RowEncoder {
  /**
   * @param rowText JSON text of a row.
   * @returns one line of newline-delimited JSON; or why BigQuery would refuse the row, or change a value: a sentence that
   * names the field and never quotes the value.
   */
  encode(rowText: string): { readonly json: string } | { readonly refused: string };
}

/** The column that takes what no other column holds. */
export interface ExtraColumn {
  /** Name of the column as JSON text. */
  readonly nameText: string;
  /** It takes the payload (`raw`): fields keep their names, nulls too, and it is written in any case. */
  readonly isPayload: boolean;
}
