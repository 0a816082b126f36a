import { LIMIT } from '@tap-webhooks/singer';

/** What is stored of an object's names: plain JSON. */
export interface SavedNames {
  /** How often the object brought something new since it has so many columns; up to `ENOUGH_TIMES`. */
  readonly times: number;
  /** Names that have come again. */
  readonly again: readonly string[];
}

/** How often an object is looked at before anything is concluded: the first events of a wide object repeat nothing. */
const ENOUGH_TIMES = 10;
/** Hardly any name recurs when fewer than one in so many has come again. */
const ONE_IN = 10;

/** So many names that have come again are enough for an object of the most columns. */
const MOST_AGAIN = LIMIT.columnsPerObject / ONE_IN;

/**
 * Counts which names of one object come again, from when it has more of them than `max_map_keys`. When hardly any does, the
 * names are data, such as ids, and a column for each of them helps nobody.
 */
export class RecurringNames {
  #times: number;
  readonly #again: Set<string>;

  constructor({ times, again }: SavedNames = { times: 0, again: [] }) {
    this.#times = times;
    this.#again = new Set(again);
  }

  /** True when nothing needs to be counted for now. @param columns that events have added to the object. */
  isSettled(columns: number): boolean {
    return this.#times >= ENOUGH_TIMES && !this.#doesHardlyAnyRecur(columns);
  }

  /**
   * Counts a value of the object, before it adds columns.
   * @param names of its members that have a column which events have added.
   * @returns whether a count has changed.
   */
  count(names: Iterable<string>): boolean {
    const before = this.#again.size;
    for (const name of names) if (this.#again.size < MOST_AGAIN) this.#again.add(name);
    const isCounted = this.#times < ENOUGH_TIMES;
    if (isCounted) this.#times += 1;
    return isCounted || this.#again.size > before;
  }

  /** True when the object gets no further columns. It gets some again once more of those that it has have come again. */
  isMap(columns: number): boolean {
    return this.#times >= ENOUGH_TIMES && this.#doesHardlyAnyRecur(columns);
  }

  #doesHardlyAnyRecur(columns: number): boolean {
    return this.#again.size * ONE_IN < columns;
  }

  save(): SavedNames {
    return { times: this.#times, again: [...this.#again] };
  }
}
