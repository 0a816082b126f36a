/** How far the wall clock may step forward and still be believed at once, in ms: corrections of a clock that drifts. */
const TOLERANCE_MS = 10 * 60_000;
/** How long a process must have run on a clock that stepped further before it is believed, in ms. */
const CONFIRMED_AFTER_MS = 60 * 60_000;

/**
 * Tells the time that may be used to delete things. A wall clock that steps forward, or that is ahead at the start, is not
 * believed before an hour of running has confirmed it: a clock that is wrong for a while must not end the retention of events
 * or make delivery ids forgotten. Until then the time goes on from the last confirmed one. A step back is believed at once,
 * since it deletes nothing.
 */
export class ConfirmedClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  /** The last confirmed time, and the monotonic time at which it was. */
  #confirmed: number;
  #at: number;
  /** A clock that is ahead: its distance from the monotonic one, and since when it has that. */
  #ahead: { readonly distance: number; readonly since: number } | undefined;

  /**
   * @param confirmed epoch in ms, as it was stored; 0 when nothing is stored, so that the clock is believed.
   * @param wall epoch in ms. @param monotonic ms, since any moment.
   */
  constructor(confirmed: number, wall = () => Date.now(), monotonic = () => performance.now()) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#confirmed = confirmed === 0 ? wall() : confirmed;
    this.#at = monotonic();
  }

  /** Returns the latest time that is confirmed, epoch in ms. */
  now(): number {
    const [wall, monotonic] = [this.#wall(), this.#monotonic()];
    const expected = this.#confirmed + monotonic - this.#at;
    if (wall > expected + TOLERANCE_MS && !this.#isConfirmed(wall - monotonic, monotonic))
      return Math.floor(expected);
    this.#ahead = undefined;
    this.#confirmed = wall;
    this.#at = monotonic;
    return wall;
  }

  #isConfirmed(distance: number, monotonic: number): boolean {
    const isSame = this.#ahead && Math.abs(distance - this.#ahead.distance) <= TOLERANCE_MS;
    if (!isSame) this.#ahead = { distance, since: monotonic };
    return this.#ahead !== undefined && monotonic - this.#ahead.since >= CONFIRMED_AFTER_MS;
  }
}
