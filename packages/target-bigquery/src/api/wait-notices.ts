import type { Logger } from '@tap-webhooks/singer';
import type { RetryPolicy } from './retry.js';
import type { ServiceError } from './service-error.js';

/** What a run is told of calls that are repeated. */
export type WaitNotices = Pick<RetryPolicy, 'onQuota' | 'onOutage'>;

/** Time between the first two lines about a service that does not answer; each later one waits twice as long. */
const FIRST_MS = 10_000;
/** After so long without a failure, the next one is news again; a wait is 48 s at most, and a request a minute. */
const QUIET_MS = 180_000;

/**
 * Returns notices that write warnings.
 * @param log of the Singer stream whose rows wait, if any.
 */
export function waitNotices(log: Logger): WaitNotices {
  return { onQuota: quotaNotice(log), onOutage: outageNotice(log) };
}

function quotaNotice(log: Logger): () => void {
  return () => log.warn('a quota of BigQuery is used up: a call waits until it comes back');
}

/**
 * Says at the first failure of a call that it is repeated, and then at growing intervals: 10 s, 20 s, 40 s. All calls share the
 * intervals, since one outage stops all of them.
 */
function outageNotice(log: Logger): NonNullable<RetryPolicy['onOutage']> {
  let last = Number.NEGATIVE_INFINITY;
  let next = Number.NEGATIVE_INFINITY;
  let interval = FIRST_MS;
  return (failure, since, until) => {
    const now = Date.now();
    if (now - last > QUIET_MS) {
      next = now;
      interval = FIRST_MS;
    }
    last = now;
    if (now < next) return;
    next = now + interval;
    interval *= 2;
    const seconds = Math.round((now - since) / 1000);
    log.warn(
      `BigQuery ${whatFailed(failure)}${seconds > 0 ? ` for ${seconds} s` : ''}: the call is repeated until ${new Date(until).toISOString()}`,
    );
  };
}

function whatFailed({ status, reason }: ServiceError): string {
  return status === 0 ? `has given no answer (${reason})` : `has answered with status ${status} (${reason})`;
}
