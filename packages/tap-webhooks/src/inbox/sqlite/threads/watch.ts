import { until } from '@tap-webhooks/singer';

interface Waiter {
  readonly position: number;
  readonly wake: () => void;
}

/** Waits for events: it looks for them every so often, and wakes at once when it is told. */
export class PositionWatch {
  readonly #newest: () => Promise<number>;
  readonly #everyMs: number;
  readonly #waiters = new Set<Waiter>();
  #reached = 0;

  /**
   * @param newest reads the newest position.
   * @param everyMs how often that is done.
   */
  constructor(newest: () => Promise<number>, everyMs: number) {
    this.#newest = newest;
    this.#everyMs = everyMs;
  }

  /** Tells that this is the newest position now. */
  reached(newest: number): void {
    this.#reached = newest;
    for (const waiter of this.#waiters) if (newest > waiter.position) waiter.wake();
  }

  /** Resolves once there is a position above this one, or when the signal aborts. */
  async wait(position: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#reached <= position && (await this.#newest()) <= position) {
      await until([this.#everyMs, signal], (over) => this.#told(position, over));
    }
  }

  #told(position: number, over: AbortSignal): Promise<void> {
    if (this.#reached > position) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(waiter);
        resolve();
      };
      const waiter = { position, wake };
      this.#waiters.add(waiter);
      over.addEventListener('abort', wake, { once: true });
    });
  }
}
