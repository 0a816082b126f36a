import type { Row } from '@tap-webhooks/target-core';

/** A batch where it lies: which line of its bytes a row is. */
export class BatchRows {
  /** Texts of all rows in UTF-8, each with a line feed. */
  readonly lines: Uint8Array;
  readonly #rows: readonly Row[];
  #numbers: Map<Row, number> | undefined;

  constructor({ rows, lines }: { readonly rows: readonly Row[]; readonly lines: Uint8Array }) {
    this.#rows = rows;
    this.lines = lines;
  }

  /** Rows in the batch. */
  get count(): number {
    return this.#rows.length;
  }

  /** @returns numbers of the lines of some rows, from 0; undefined: they are all, in order. */
  numbersOf(rows: readonly Row[]): Uint32Array | undefined {
    if (rows.length === this.#rows.length && rows.every((row, index) => row === this.#rows[index])) {
      return undefined;
    }
    this.#numbers ??= new Map(this.#rows.map((row, index) => [row, index]));
    const numbers = this.#numbers;
    return Uint32Array.from(rows, (row) => numbers.get(row) as number);
  }
}
