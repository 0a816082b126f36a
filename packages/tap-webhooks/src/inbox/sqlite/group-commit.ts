import { type Delivery, InboxUnavailable, type Outcome, type Verdict, verdictOf } from '../inbox.js';
import { type PackedDeliveries, pack, type Recorded } from './messages.js';

interface PendingDelivery {
  readonly delivery: Delivery;
  resolve(verdict: Verdict): void;
  reject(error: unknown): void;
}

/** Bytes of bodies in one commit. A larger body is committed alone. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Bytes of bodies that may wait for a commit. Beyond it deliveries are refused, so that memory does not fill up. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Commits deliveries that arrive together in one transaction, with one sync. While a commit runs, the next deliveries
 * collect; nothing waits for a timer.
 */
export class GroupCommit {
  readonly #commit: (deliveries: PackedDeliveries) => Promise<Recorded>;
  readonly #committed: (newest: number) => void;
  #waiting: PendingDelivery[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;

  /**
   * @param commit makes deliveries durable.
   * @param committed called with the newest durable position after each commit.
   */
  constructor(
    commit: (deliveries: PackedDeliveries) => Promise<Recorded>,
    committed: (newest: number) => void,
  ) {
    this.#commit = commit;
    this.#committed = committed;
  }

  append(delivery: Delivery): Promise<Verdict> {
    if (this.#waitingBytes + delivery.body.length > MOST_WAITING_BYTES && this.#waiting.length > 0) {
      return Promise.reject(new InboxUnavailable('more arrives than the disk takes'));
    }
    this.#waitingBytes += delivery.body.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when no delivery waits any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Everything that arrives in this turn of the event loop goes into the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#commitSome();
    this.#running = undefined;
  }

  async #commitSome(): Promise<void> {
    const batch = this.#take();
    try {
      const packed = pack(batch.map(({ delivery }) => delivery));
      const { outcomes, newest } = await this.#commit(packed);
      this.#committed(newest);
      const each = JSON.parse(outcomes) as Outcome[];
      for (const [index, waiting] of batch.entries()) settle(waiting, each[index] as Outcome);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #take(): PendingDelivery[] {
    let bytes = 0;
    let count = 0;
    for (const { delivery } of this.#waiting) {
      if (count > 0 && bytes + delivery.body.length > BATCH_BYTES) break;
      bytes += delivery.body.length;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

function settle({ resolve, reject }: PendingDelivery, outcome: Outcome): void {
  try {
    resolve(verdictOf(outcome));
  } catch (error) {
    reject(error);
  }
}
