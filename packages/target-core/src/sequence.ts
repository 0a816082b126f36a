import type { JsonObject } from '@tap-webhooks/singer';

/** Most keys that are remembered. */
const MOST_KEYS = 10_000;

/**
 * Gives `_sdc_sequence` to the rows of a stream: epoch in ms, strictly rising within a key. A run that begins later gives larger
 * numbers, unless the clock went back, or a key got more rows than milliseconds passed.
 *
 * The number is the larger of the clock and the key's last number plus 1. The clock is the highest one there was (the mark), so
 * it never goes back. A key only has to be remembered while its last number reaches the mark. When too many do, the mark passes
 * all numbers that were given, and no key has to be remembered.
 */
export class Sequence {
  #mark = 0;
  /** The highest number that was given. */
  #highest = 0;
  /** Last number of each key that may reach the mark. */
  readonly #last = new Map<string, number>();

  /**
   * @param key see `keyOf`; undefined when nothing has to rise.
   * @param now epoch in ms.
   */
  next(key: string | undefined, now: number): number {
    if (now > this.#mark) this.#pass(now);
    if (key === undefined) return this.#mark;
    const last = this.#last.get(key) ?? 0;
    const number = last < this.#mark ? this.#mark : last + 1;
    this.#last.set(key, number);
    if (number > this.#highest) this.#highest = number;
    if (this.#last.size > MOST_KEYS) this.#forget();
    return number;
  }

  #pass(now: number): void {
    this.#mark = now;
    if (now > this.#highest) this.#last.clear();
  }

  #forget(): void {
    for (const [key, last] of this.#last) if (last < this.#mark) this.#last.delete(key);
    if (this.#last.size > MOST_KEYS / 2) this.#pass(this.#highest + 1);
  }
}

/**
 * Returns the key of a record as a text; undefined without key properties. Two keys may give one text (`5` and `"5"`, numbers
 * beyond a double): their numbers then rise together.
 */
export function keyOf(record: JsonObject, keyProperties: readonly string[]): string | undefined {
  const [first] = keyProperties;
  if (first === undefined) return undefined;
  if (keyProperties.length === 1) return textOf(record[first]);
  return keyProperties.map((name) => textOf(record[name])).join('\0');
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
