/**
 * A value as the store keeps it: INTEGER, NUMERIC and BIGNUMERIC as canonical decimal text, TIMESTAMP as microseconds since
 * the epoch (bigint), FLOAT as a number (NaN and the infinities too), BYTES as base64 text, DATE, TIME and DATETIME as the
 * service prints them, JSON as `JsonValue`, a RECORD as a row, a REPEATED field as an array.
 */
export type Value = string | number | boolean | bigint | JsonValue | readonly Value[] | StoredRow;

/** NULL is an absent column. The prototype is null, since `__proto__` may be the name of a column. */
export interface StoredRow {
  [column: string]: Value;
}

/** The value of a JSON column: integers of 64 bits exactly, other numbers as a double holds them. */
export class JsonValue {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export function newRow(): StoredRow {
  return Object.create(null) as StoredRow;
}

/** Says what is wrong with one value, in a sentence for a job's error list. */
export class BadValue extends Error {}
