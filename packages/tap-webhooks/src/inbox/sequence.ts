import type { SavedSequence } from './store.js';

/**
 * Gives `_sdc_sequence`: epoch in ms, strictly rising within a key, after a clock step or a restart too.
 *
 * The clock is the larger of the time of receipt and the highest one there ever was (the mark), so it never goes back. A key
 * only has to be remembered while its last number reaches the mark: once the clock is past it, the clock alone is larger.
 */
export class Sequence {
  #mark: number;
  readonly #last: Map<string, number>;
  #changed = new Map<string, number>();
  #isChanged = false;

  constructor(saved: SavedSequence) {
    this.#mark = saved.mark;
    this.#last = new Map(saved.keys);
  }

  /**
   * @param key digest of stream and key; undefined when nothing has to be held.
   * @param receivedAt epoch in ms.
   */
  next(key: string | undefined, receivedAt: number): number {
    if (receivedAt > this.#mark) this.#advance(receivedAt);
    if (key === undefined) return this.#mark;
    const number = Math.max(this.#mark, (this.#last.get(key) ?? 0) + 1);
    this.#last.set(key, number);
    this.#changed.set(key, number);
    this.#isChanged = true;
    return number;
  }

  /** What has to be stored since the last call; undefined when nothing has. */
  takeChange(): SavedSequence | undefined {
    if (!this.#isChanged) return undefined;
    const change = { mark: this.#mark, keys: this.#changed };
    this.#changed = new Map();
    this.#isChanged = false;
    return change;
  }

  #advance(mark: number): void {
    this.#mark = mark;
    this.#isChanged = true;
    for (const [key, last] of this.#last) {
      if (last >= mark) continue;
      this.#last.delete(key);
      this.#changed.delete(key);
    }
  }
}
