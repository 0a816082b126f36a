import type { Output } from '@tap-webhooks/singer';

/** States that may wait in the output; of further ones only the newest is kept, since it covers those before it. */
const MOST_WAITING = 16;

/**
 * Prints states, each as a line of its own (Singer: a target prints the bare value). However slow the reader of the output is,
 * few states wait in memory. One that was printed last is not printed again.
 */
export class StatePrinter {
  readonly #out: Pick<Output, 'write'>;
  readonly #failed: (error: unknown) => void;
  readonly #writes = new Set<Promise<void>>();
  #last: string | undefined;
  #next: string | undefined;
  #isBroken = false;

  /** @param failed is told once when the reader is gone; nothing is printed afterwards. */
  constructor(out: Pick<Output, 'write'>, failed: (error: unknown) => void) {
    this.#out = out;
    this.#failed = failed;
  }

  /** @param state text of the value. */
  print(state: string): void {
    if (this.#isBroken) return;
    if (this.#writes.size >= MOST_WAITING) {
      this.#next = state;
      return;
    }
    if (state === this.#last) return;
    this.#last = state;
    const write = this.#write(state).then(() => {
      this.#writes.delete(write);
      this.#printNext();
    });
    this.#writes.add(write);
  }

  /** Resolves when nothing is left to print. */
  async settled(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  #printNext(): void {
    const state = this.#next;
    this.#next = undefined;
    if (state !== undefined) this.print(state);
  }

  async #write(state: string): Promise<void> {
    try {
      await this.#out.write(state);
    } catch (error) {
      if (!this.#isBroken) this.#failed(error);
      this.#isBroken = true;
    }
  }
}
