/** Counts the bytes of rows that were read and are not durable yet, over all tables, and makes the reader wait for room. */
export class MemoryBudget {
  readonly #most: number;
  #used = 0;
  #collected = 0;
  #waiting: Array<() => void> = [];

  /** @param most bytes. One row may go over it: rows are counted when they are there. */
  constructor(most: number) {
    this.#most = most;
  }

  get used(): number {
    return this.#used;
  }

  /** Those of them that still collect, and wait for nothing else. */
  get collected(): number {
    return this.#collected;
  }

  get isOver(): boolean {
    return this.#used > this.#most;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  /** @param bytes negative when they do not collect any more. */
  collect(bytes: number): void {
    this.#collected += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    if (this.isOver) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** Resolves when there is room again. */
  room(): Promise<void> {
    if (!this.isOver) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
