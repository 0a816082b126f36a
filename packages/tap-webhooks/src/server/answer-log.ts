import type { Logger } from '@tap-webhooks/singer';
import type { Answer } from './answers.js';

/** At most one line in so many ms for each reason and integration: strangers cannot flood the log. */
const QUIET_MS = 60_000;

interface Tally {
  loggedAt: number;
  /** Since then. */
  count: number;
}

/** Logs answers by integration, status and reason; never the URL, which holds the token, nor anything that was sent. */
export class AnswerLog {
  readonly #log: Logger;
  readonly #tallies = new Map<string, Tally>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param integration a name of the config; undefined for a path that leads nowhere. */
  note(answer: Answer, integration: string | undefined, details: object = {}): void {
    const { status, reason } = answer;
    const fields = { ...(integration === undefined ? {} : { integration }), status, reason };
    if (status < 300) {
      this.#log.debug(fields, 'Taken');
      return;
    }
    const key = `${reason} ${integration ?? ''}`;
    const tally = this.#tallies.get(key);
    const now = Date.now();
    if (tally && now - tally.loggedAt < QUIET_MS) {
      tally.count += 1;
      return;
    }
    this.#tallies.set(key, { loggedAt: now, count: 0 });
    const line = { ...fields, count: (tally?.count ?? 0) + 1, ...details };
    if (status < 500) this.#log.info(line, 'Refused');
    else this.#log.warn(line, 'Put off: the sender is asked to send it again');
  }
}
