import { within } from '@tap-webhooks/singer';
import { LARGE_BYTES } from '../../decode.js';
import {
  type Delivery,
  type FittedBody,
  InboxUnavailable,
  type Outcome,
  type Verdict,
  verdictOf,
} from '../../inbox.js';
import { type PackedDeliveries, pack, type Recorded } from './messages.js';

interface PendingDelivery {
  readonly delivery: Delivery;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** Bytes of bodies in one commit. Senders that come meanwhile wait for all of it. */
const BATCH_BYTES = 1024 * 1024;
/** Bytes of bodies that may wait for a commit. Beyond it deliveries are refused, so that memory does not fill up. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
/** How often a large body is fitted to columns that change all the time, before the thread that writes does it itself. */
const MOST_FITS = 5;
/** How long large bodies are fitted once the inbox closes, in ms. A stopped receiver has cut off their senders by then. */
const CLOSE_WAITS_MS = 2000;

/**
 * Commits deliveries that arrive together in one transaction, with one sync. While a commit runs, the next deliveries
 * collect; nothing waits for a timer. A large body is fitted elsewhere first, and then committed alone.
 */
export class GroupCommit {
  readonly #commit: (deliveries: PackedDeliveries) => Promise<Recorded>;
  readonly #committed: (newest: number) => void;
  readonly #fit: (delivery: Delivery) => Promise<FittedBody | Outcome | undefined>;
  readonly #large = new Set<Promise<unknown>>();
  /** Bytes of large bodies, from their arrival to their answer. */
  #largeBytes = 0;
  #waiting: PendingDelivery[] = [];
  /** Bytes of the other bodies that wait. */
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  readonly #late = new AbortController();

  /**
   * @param commit makes deliveries durable.
   * @param committed called with the newest durable position after each commit.
   * @param fit prepares a large body, or tells its outcome; undefined when it must be committed as it is.
   */
  constructor(
    commit: (deliveries: PackedDeliveries) => Promise<Recorded>,
    committed: (newest: number) => void,
    fit: (delivery: Delivery) => Promise<FittedBody | Outcome | undefined>,
  ) {
    this.#commit = commit;
    this.#committed = committed;
    this.#fit = fit;
  }

  append(delivery: Delivery): Promise<Verdict> {
    const bytes = delivery.body.length;
    const waiting = this.#waitingBytes + this.#largeBytes;
    if (waiting > 0 && waiting + bytes > MOST_WAITING_BYTES) {
      return Promise.reject(new InboxUnavailable('more arrives than the disk takes'));
    }
    return isLarge(delivery) ? this.#appendLarge(delivery) : this.#enqueue(delivery).then(verdictOf);
  }

  /**
   * Resolves when no delivery waits any more. A program that was told to stop has little time, and some large bodies take
   * longer: those that are not fitted by then are refused.
   */
  async close(waitMs = CLOSE_WAITS_MS): Promise<void> {
    const late = setTimeout(() => this.#late.abort(), waitMs);
    while (this.#large.size > 0) await Promise.allSettled(this.#large);
    await this.#running;
    clearTimeout(late);
  }

  #appendLarge(delivery: Delivery): Promise<Verdict> {
    const bytes = delivery.body.length;
    this.#largeBytes += bytes;
    const taken = this.#fitAndCommit(delivery).finally(() => {
      this.#largeBytes -= bytes;
      this.#large.delete(taken);
    });
    this.#large.add(taken);
    return taken;
  }

  async #fitAndCommit(delivery: Delivery): Promise<Verdict> {
    for (let fits = 1; fits <= MOST_FITS; fits += 1) {
      const fitted = await within(this.#fit(delivery), this.#late.signal, closing);
      if (fitted && fitted.kind !== 'fitted') return verdictOf(fitted);
      const outcome = await this.#enqueue(fitted ? { ...delivery, fitted } : delivery);
      if (outcome.kind !== 'stale') return verdictOf(outcome);
    }
    return verdictOf(await this.#enqueue(delivery));
  }

  #enqueue(delivery: Delivery): Promise<Outcome> {
    this.#waitingBytes += usualBytes(delivery);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      this.#running ??= this.#run();
    });
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
      for (const [index, { resolve }] of batch.entries()) resolve(each[index] as Outcome);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #take(): PendingDelivery[] {
    let bytes = 0;
    let count = 0;
    for (const { delivery } of this.#waiting) {
      if (count > 0 && (isLarge(delivery) || bytes + delivery.body.length > BATCH_BYTES)) break;
      bytes += usualBytes(delivery);
      count += 1;
      if (isLarge(delivery)) break;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

function closing(): InboxUnavailable {
  return new InboxUnavailable('the receiver ends');
}

function isLarge({ body }: Delivery): boolean {
  return body.length >= LARGE_BYTES;
}

function usualBytes(delivery: Delivery): number {
  return isLarge(delivery) ? 0 : delivery.body.length;
}
