import type { Logger } from '@tap-webhooks/singer';
import type { Answer } from './answers.js';
import type { RefusalCounts } from './refusal-counts.js';
import { Throttle } from './throttle.js';

/** At most one line per reason and integration in this time, in ms: strangers cannot flood the log. */
const QUIET_MS = 60_000;

/** Logs and counts answers by integration, status and reason. Never logs the URL, which holds the token, nor anything that was sent. */
export class AnswerLog {
  readonly #log: Logger;
  readonly #counts: RefusalCounts;
  readonly #throttle = new Throttle(QUIET_MS);

  constructor(log: Logger, counts: RefusalCounts) {
    this.#log = log;
    this.#counts = counts;
  }

  /** @param integration a name from the config; undefined for an unknown path. */
  note(answer: Answer, integration: string | undefined, details: object = {}): void {
    const { status, reason } = answer;
    const fields = { ...(integration === undefined ? {} : { integration }), status, reason };
    if (status < 300) {
      this.#log.debug(fields, 'Accepted');
      return;
    }
    this.#counts.add(integration ?? null, reason);
    this.#throttle.note(`${reason} ${integration ?? ''}`, 1, (count) => {
      const line = { ...fields, count, ...details };
      if (status < 500) this.#log.info(line, 'Refused');
      else this.#log.warn(line, 'Not stored: the sender is asked to send it again');
    });
  }

  /** Events of a stream that are kept, but did not become rows. @param reasons reason → how many. */
  noteQuarantined(stream: string, reasons: { readonly [reason: string]: number }): void {
    for (const [reason, count] of Object.entries(reasons))
      this.#throttle.note(`${stream} ${reason}`, count, (sum) =>
        this.#log.warn({ stream, reason, count: sum }, 'Quarantined: these events did not become rows'),
      );
  }

  noteDropped(): void {
    this.#throttle.note('dropped', 1, (count) =>
      this.#log.warn({ count }, 'A connection was closed at once, since too many are open'),
    );
  }

  /** Logs and stores what is held back. */
  async close(): Promise<void> {
    this.#throttle.close();
    await this.#counts.close();
  }
}
