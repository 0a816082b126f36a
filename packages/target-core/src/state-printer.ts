import type { Output } from '@tap-webhooks/singer';

/** So many states may wait in the output; of further ones only the newest is kept, since it covers the others. */
const MOST_WAITING = 16;

/**
 * Prints states, one per line (Singer: a target prints the bare value). Few states wait in memory, however slow the reader of the
 * output is. A state that equals the last one is not printed again.
 */
export class StatePrinter {
  readonly #out: Pick<Output, 'write'>;
  readonly #failed: (error: unknown) => void;
  readonly #writes = new Set<Promise<void>>();
  #last: string | undefined;
  #next: string | undefined;
  #isBroken = false;

  /** @param failed called once, when the reader is gone; nothing is printed afterwards. */
  constructor(out: Pick<Output, 'write'>, failed: (error: unknown) => void) {
    this.#out = out;
    this.#failed = failed;
  }

  /** Prints a state. @param state JSON text of its value. */
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
