import type { Logger } from '@tap-webhooks/singer';
import type { Answer } from './answers.js';

/** At most one line per reason and integration in this time, in ms: strangers cannot flood the log. */
const QUIET_MS = 60_000;

interface Tally {
  loggedAt: number;
  /** Answers that were not logged since then. */
  count: number;
}

/** Logs answers by integration, status and reason. Never logs the URL, which holds the token, nor anything that was sent. */
export class AnswerLog {
  readonly #log: Logger;
  readonly #tallies = new Map<string, Tally>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param integration a name from the config; undefined for an unknown path. */
  note(answer: Answer, integration: string | undefined, details: object = {}): void {
    const { status, reason } = answer;
    const fields = { ...(integration === undefined ? {} : { integration }), status, reason };
    if (status < 300) {
      this.#log.debug(fields, 'Accepted');
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
    else this.#log.warn(line, 'Not stored: the sender is asked to send it again');
  }
}
