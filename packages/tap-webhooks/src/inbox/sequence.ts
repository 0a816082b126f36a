import type { SavedSequence } from './judgement.js';

/**
 * Gives `_sdc_sequence`: epoch in ms, strictly rising within a key, also after a clock step or a restart.
 *
 * The clock is the larger of the time of receipt and the highest one there ever was (the mark), so it never goes back. A key
 * only has to be remembered while its last number reaches the mark: once the clock is past it, the clock alone is larger.
 */
export class Sequence {
  readonly #saved: SavedSequence;
  readonly #given = new Map<string, number>();
  #mark: number;

  /** @param saved as stored; it is not changed. */
  constructor(saved: SavedSequence) {
    this.#saved = saved;
    this.#mark = saved.mark;
  }

  /**
   * @param key see `versionKey`; undefined when nothing has to be held.
   * @param receivedAt epoch in ms.
   */
  next(key: string | undefined, receivedAt: number): number {
    if (receivedAt > this.#mark) this.#mark = receivedAt;
    if (key === undefined) return this.#mark;
    const last = this.#given.get(key) ?? this.#saved.keys.get(key) ?? 0;
    const number = Math.max(this.#mark, last + 1);
    this.#given.set(key, number);
    return number;
  }

  /** What has to be stored: the mark, and the keys whose numbers reach it. Keys below the mark may be forgotten. */
  change(): SavedSequence {
    const mark = this.#mark;
    if (mark === this.#saved.mark) return { mark, keys: this.#given };
    return { mark, keys: new Map([...this.#given].filter(([, last]) => last >= mark)) };
  }
}
