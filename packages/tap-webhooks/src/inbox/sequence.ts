import type { SavedSequence } from './judgement.js';

/** How far the clock may be before the mark until numbers are given out in another way, in ms. */
const BEHIND_MS = 60_000;
/** Keys that are remembered at most. Beyond it the mark rises past the numbers of half of them. */
const MAX_KEYS = 100_000;

/**
 * Gives `_sdc_sequence`: epoch in ms, strictly rising within a key, also after a clock step or a restart.
 *
 * A number is at least the time of receipt and at least the mark, the highest time that the inbox has confirmed. A key only
 * has to be remembered while its last number reaches the mark: once the mark is past it, the mark alone is larger. Times that
 * are not confirmed do not raise the mark, so a clock that is ahead for a while gives high numbers only to the keys that
 * come meanwhile.
 *
 * A clock that is before the mark (it was set back) would make every key reach it. Then the mark rises by what one batch of
 * deliveries needs, so that these keys need not be remembered after their batch. It never rises to the few numbers that a
 * clock has given while it was ahead: those keys stay remembered.
 */
export class Sequence {
  readonly #saved: SavedSequence;
  readonly #confirmed: number;
  readonly #given = new Map<string, number>();
  #mark: number;
  #raised = false;

  /**
   * @param saved as stored; it is not changed.
   * @param confirmed the latest confirmed time, epoch in ms.
   */
  constructor(saved: SavedSequence, confirmed: number) {
    this.#saved = saved;
    this.#confirmed = confirmed;
    this.#mark = saved.mark;
  }

  /**
   * @param key see `versionKey`; undefined when nothing has to be held.
   * @param receivedAt epoch in ms.
   */
  next(key: string | undefined, receivedAt: number): number {
    const time = Math.min(receivedAt, this.#confirmed);
    if (time > this.#mark) this.#mark = time;
    else if (!this.#raised && receivedAt < this.#mark - BEHIND_MS) this.#raiseByBatch();
    if (key === undefined) return Math.max(this.#mark, receivedAt);
    const last = this.#given.get(key) ?? this.#saved.keys.get(key) ?? 0;
    const number = Math.max(this.#mark, receivedAt, last + 1);
    this.#given.set(key, number);
    return number;
  }

  /** What has to be stored: the mark, and the keys whose numbers reach it. Keys below the mark may be forgotten. */
  change(): SavedSequence {
    if (this.#saved.keys.size + this.#given.size > MAX_KEYS) this.#raisePastHalf();
    const mark = this.#mark;
    if (mark === this.#saved.mark) return { mark, keys: this.#given };
    return { mark, keys: new Map([...this.#given].filter(([, last]) => last >= mark)) };
  }

  /** Raises the mark past every number near it. */
  #raiseByBatch(): void {
    this.#raised = true;
    let highest = this.#mark;
    for (const last of this.#saved.keys.values())
      if (last > highest && last <= this.#mark + BEHIND_MS) highest = last;
    this.#mark = highest + 1;
  }

  #raisePastHalf(): void {
    const numbers = Float64Array.from([...this.#saved.keys.values(), ...this.#given.values()]).sort();
    this.#mark = Math.max(this.#mark, (numbers[numbers.length >> 1] ?? 0) + 1);
  }
}
