/** Counts the bytes of rows that were read and are not durable yet, in all tables together, and makes the reader wait for room. */
export class MemoryBudget {
  readonly #most: number;
  #used = 0;
  #collected = 0;
  #waiting: Array<() => void> = [];

  /** @param most bytes. One row may exceed it: rows are counted after they were read. */
  constructor(most: number) {
    this.#most = most;
  }

  get used(): number {
    return this.#used;
  }

  /** The bytes of batches that still collect rows. */
  get collected(): number {
    return this.#collected;
  }

  get isOver(): boolean {
    return this.#used > this.#most;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  /** @param bytes negative when their batch stops collecting. */
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
