import type { Logger } from '@tap-webhooks/singer';
import type { Answer } from './answers.js';
import { Throttle } from './throttle.js';

/** At most one line per reason and integration in this time, in ms: strangers cannot flood the log. */
const QUIET_MS = 60_000;

/** Logs answers by integration, status and reason. Never logs the URL, which holds the token, nor anything that was sent. */
export class AnswerLog {
  readonly #log: Logger;
  readonly #throttle: Throttle;

  /** @param quietMs how long lines of the same kind are held back, in ms. */
  constructor(log: Logger, quietMs = QUIET_MS) {
    this.#log = log;
    this.#throttle = new Throttle(quietMs);
  }

  /** @param integration a name from the config; undefined for an unknown path. */
  note(answer: Answer, integration: string | undefined, details: object = {}): void {
    const { status, reason } = answer;
    const fields = { ...(integration === undefined ? {} : { integration }), status, reason };
    if (status < 300) {
      this.#log.debug(fields, 'Accepted');
      return;
    }
    this.#throttle.note(`${reason} ${integration ?? ''}`, 1, (count) => {
      const line = { ...fields, count, ...details };
      if (status < 500) this.#log.info(line, 'Refused');
      else this.#log.warn(line, 'Not stored: the sender is asked to send it again');
    });
  }

  noteDropped(): void {
    this.#throttle.note('dropped', 1, (count) =>
      this.#log.warn({ count }, 'A connection was closed at once, since too many are open'),
    );
  }

  /** Logs what is held back. */
  close(): void {
    this.#throttle.close();
  }
}
