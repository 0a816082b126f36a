import type { Delivery } from './deliveries.js';

/** What the oracle knows of one delivery. Times are ticks: each send and each answer is one, in the order in which they happened. */
export interface Entry {
  readonly number: number;
  /** Tick of the first send. */
  readonly sentAt: number;
  /** Tick of the first 200; absent while there was none. */
  acknowledgedAt?: number;
  /** How often it was sent. */
  sends: number;
  /** How often the answer said that it is a duplicate. */
  duplicates: number;
}

/** Everything that was sent and answered. A 200 makes an obligation. It is kept outside the pipe, and never killed. */
export class Ledger {
  readonly entries = new Map<number, Entry>();
  /** Answers by status; 0 for none. */
  readonly answers = new Map<number, number>();
  #tick = 0;

  sent({ number }: Delivery): void {
    this.#tick += 1;
    const entry = this.entries.get(number);
    if (entry) entry.sends += 1;
    else this.entries.set(number, { number, sentAt: this.#tick, sends: 1, duplicates: 0 });
  }

  /** @param status 0 when the connection broke before there was a whole answer. */
  answered({ number }: Delivery, status: number, isDuplicate: boolean): void {
    this.#tick += 1;
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    const entry = this.entries.get(number);
    if (!entry || status !== 200) return;
    entry.acknowledgedAt ??= this.#tick;
    if (isDuplicate) entry.duplicates += 1;
  }

  /** The tick of what happened last. */
  get now(): number {
    return this.#tick;
  }

  get acknowledged(): number {
    return count(this.entries, ({ acknowledgedAt }) => acknowledgedAt !== undefined);
  }

  /** Deliveries that were sent again and recognised. */
  get recognised(): number {
    return count(this.entries, ({ duplicates }) => duplicates > 0);
  }
}

function count(entries: ReadonlyMap<number, Entry>, test: (entry: Entry) => boolean): number {
  let found = 0;
  for (const entry of entries.values()) if (test(entry)) found += 1;
  return found;
}
