export interface StateIntervalSettings {
  /** A STATE goes out after so many seconds with new records, */
  readonly stateIntervalSeconds: number;
  /** or after so many records, whichever is first. */
  readonly stateIntervalRecords: number;
}

/** Since the last STATE: how many records, how much time. */
export class StateInterval {
  readonly #settings: StateIntervalSettings;
  #records = 0;
  /** By the monotonic clock, ms. In the past at first: the first record has its STATE at once. */
  #begun = Number.NEGATIVE_INFINITY;

  constructor(settings: StateIntervalSettings) {
    this.#settings = settings;
  }

  /** Has anything been emitted that no STATE covers? */
  get pending(): boolean {
    return this.#records > 0;
  }

  get isFull(): boolean {
    return this.#records >= this.#settings.stateIntervalRecords;
  }

  /** Until the next STATE is due, in ms; infinite while there is nothing that it would cover. */
  get remaining(): number {
    if (!this.pending) return Number.POSITIVE_INFINITY;
    return this.#begun + this.#settings.stateIntervalSeconds * 1000 - performance.now();
  }

  count(): void {
    this.#records += 1;
  }

  begin(): void {
    this.#records = 0;
    this.#begun = performance.now();
  }
}
