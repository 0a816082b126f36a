import type { InboxWriter, Refusals } from '../inbox/inbox.js';

const MINUTE_MS = 60_000;

/**
 * Counts refused requests per minute, integration and reason, and stores the numbers in the inbox now and then, where other
 * processes see them. While the inbox cannot be written, it counts on.
 */
export class RefusalCounts {
  readonly #inbox: Pick<InboxWriter, 'addRefusals'>;
  readonly #everyMs: number;
  #counts = new Map<string, Refusals>();
  #timer: NodeJS.Timeout | undefined;

  constructor(inbox: Pick<InboxWriter, 'addRefusals'>, everyMs: number) {
    this.#inbox = inbox;
    this.#everyMs = everyMs;
  }

  /** @param integration a name from the config; null for an unknown path. */
  add(integration: string | null, reason: string): void {
    const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    this.#add({ integration, reason, minute, count: 1 });
    this.#timer ??= setTimeout(() => void this.#store(), this.#everyMs).unref();
  }

  /** Stores what was counted. Nothing may be added afterwards. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#store();
  }

  #add(refusals: Refusals): void {
    const key = `${refusals.minute} ${refusals.reason} ${refusals.integration ?? ''}`;
    const count = (this.#counts.get(key)?.count ?? 0) + refusals.count;
    this.#counts.set(key, { ...refusals, count });
  }

  async #store(): Promise<void> {
    this.#timer = undefined;
    const counted = [...this.#counts.values()];
    if (counted.length === 0) return;
    this.#counts = new Map();
    try {
      await this.#inbox.addRefusals(counted);
    } catch {
      for (const refusals of counted) this.#add(refusals); // stored with the next ones
    }
  }
}
