/** Columns that a table may have, fields of RECORDs included ("Quotas and limits", tables). */
export const MAX_COLUMNS = 10_000;

/** Columns that a table may still get. */
export class ColumnBudget {
  #left: number;
  #reserved: number;

  /** @param reserved how many of those left are kept for columns that a table cannot do without. */
  constructor(left: number, reserved: number) {
    this.#left = left;
    this.#reserved = reserved;
  }

  /** @returns false when there is no room for one more. */
  take(isReserved: boolean): boolean {
    if (this.#left <= (isReserved ? 0 : this.#reserved)) return false;
    if (isReserved) this.#reserved -= 1;
    this.#left -= 1;
    return true;
  }

  giveBack(): void {
    this.#left += 1;
  }
}
