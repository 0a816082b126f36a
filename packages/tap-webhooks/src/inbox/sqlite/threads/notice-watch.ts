import { type Logger, pause } from '@tap-webhooks/singer';
import type { Notice } from './messages.js';

/** How often a thread is asked for notices, in ms. */
const LOOKS_MS = 500;

/** Logs what the writing thread has to say, since a thread has no log. */
export class NoticeWatch {
  readonly #take: () => Promise<readonly Notice[]>;
  readonly #log: Logger | undefined;
  readonly #closing = new AbortController();
  readonly #watching: Promise<void>;

  /** @param log undefined: nothing is asked for. */
  constructor(take: () => Promise<readonly Notice[]>, log: Logger | undefined) {
    this.#take = take;
    this.#log = log;
    this.#watching = this.#watch();
  }

  /** Logs what is left. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const log = this.#log;
    if (!log) return;
    while (!this.#closing.signal.aborted) {
      await this.#logSome(log);
      await pause(LOOKS_MS, this.#closing.signal);
    }
    await this.#logSome(log);
  }

  async #logSome(log: Logger): Promise<void> {
    const notices = await this.#take().catch(() => []); // the thread is being started again
    for (const { level, message, fields } of notices) log[level](fields, message);
  }
}
