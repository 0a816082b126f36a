/** Those who wait until the newest position is above one that they know. */
export class Waiters {
  readonly #waiting = new Set<{ readonly position: number; readonly go: () => void }>();

  /** The newest position is this now. */
  reached(newest: number): void {
    for (const waiter of this.#waiting) if (newest > waiter.position) waiter.go();
  }

  /** Resolves once a position above this one was reached, or when the signal aborts. */
  wait(position: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const go = () => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', go);
        resolve();
      };
      const waiter = { position, go };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', go, { once: true });
    });
  }
}
