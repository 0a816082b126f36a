interface Held {
  readonly timer: NodeJS.Timeout;
  count: number;
  /** Prints the newest of what is held back. */
  print: (count: number) => void;
}

/**
 * Prints the first of many alike at once, and the others as one line with their number when the interval is over. A timer here
 * does not keep the process running.
 */
export class Throttle {
  readonly #intervalMs: number;
  readonly #held = new Map<string, Held>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** @param key the same for everything that is alike. @param print gets how many there were since the last line. */
  note(key: string, count: number, print: (count: number) => void): void {
    const held = this.#held.get(key);
    if (held) {
      held.count += count;
      held.print = print;
      return;
    }
    print(count);
    const timer = setInterval(() => this.#flush(key), this.#intervalMs);
    timer.unref();
    this.#held.set(key, { timer, count: 0, print });
  }

  /** Prints what is held back. */
  close(): void {
    for (const { timer, count, print } of this.#held.values()) {
      clearInterval(timer);
      if (count > 0) print(count);
    }
    this.#held.clear();
  }

  #flush(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    if (held.count === 0) {
      clearInterval(held.timer);
      this.#held.delete(key);
      return;
    }
    held.print(held.count);
    held.count = 0;
  }
}
