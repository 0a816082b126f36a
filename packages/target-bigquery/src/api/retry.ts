import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@tap-webhooks/singer';

/**
 * What is to be done about a failure of the service:
 * - `transient`: the same call may work later (it was tried again already when this is thrown)
 * - `quota`: works again in minutes to hours
 * - `duplicate`: 409, the name or the job id is taken
 * - `missing`: 404
 * - `precondition`: 412, it changed since it was read
 * - `denied`: 401 or 403, a permission or an API is missing
 * - `invalid`: what was asked for is wrong, and will be
 */
export type ServiceErrorKind =
  | 'transient'
  | 'quota'
  | 'duplicate'
  | 'missing'
  | 'precondition'
  | 'denied'
  | 'invalid';

/** A call that the service refused, or did not answer. Never leaves the package: errors.ts makes sentences of it. */
export class ServiceError extends Error {
  readonly kind: ServiceErrorKind;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The service's reason (`accessDenied`, `quotaExceeded`, …), or the code of a network failure. */
  readonly reason: string;

  constructor(
    kind: ServiceErrorKind,
    status: number,
    reason: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ServiceError';
    this.kind = kind;
    this.status = status;
    this.reason = reason;
  }

  /** The IAM permission that the service names as missing, e.g. `bigquery.tables.create`. */
  get permission(): string | undefined {
    return /\b(bigquery\.[a-zA-Z]+\.[a-zA-Z]+)\b/.exec(this.message)?.[1];
  }
}

export function isKind(error: unknown, ...kinds: readonly ServiceErrorKind[]): error is ServiceError {
  return error instanceof ServiceError && kinds.includes(error.kind);
}

/** What is said when a call begins to wait for a used-up quota. */
export function quotaNotice(log: Logger): () => void {
  return () => log.warn('a quota of BigQuery is used up: a call waits until it comes back');
}

/**
 * Classes of errors, as Google's page "Error messages" of BigQuery has them. A reason says more than a status: 403 is a
 * missing permission, a used-up quota or a rate limit.
 */
const REASONS: { readonly [reason: string]: ServiceErrorKind } = {
  backendError: 'transient',
  internalError: 'transient',
  jobBackendError: 'transient',
  jobInternalError: 'transient',
  rateLimitExceeded: 'transient',
  jobRateLimitExceeded: 'transient',
  tableUnavailable: 'transient',
  timeout: 'transient',
  quotaExceeded: 'quota',
  duplicate: 'duplicate',
  notFound: 'missing',
  conditionNotMet: 'precondition',
  accessDenied: 'denied',
  accessNotConfigured: 'denied',
  billingNotEnabled: 'denied',
  blocked: 'denied',
  invalid: 'invalid',
  invalidQuery: 'invalid',
  resourcesExceeded: 'invalid',
  responseTooLarge: 'invalid',
  stopped: 'invalid',
};

const STATUSES: { readonly [status: number]: ServiceErrorKind } = {
  401: 'denied',
  403: 'denied',
  404: 'missing',
  408: 'transient',
  409: 'duplicate',
  412: 'precondition',
  429: 'transient',
};

/** @param status HTTP status of the answer. */
export function kindOf(status: number, reason: string): ServiceErrorKind {
  const byStatus = STATUSES[status];
  if (byStatus === 'duplicate' || byStatus === 'precondition') return byStatus;
  const byReason = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return byReason ?? byStatus ?? (status >= 500 ? 'transient' : 'invalid');
}

/** Of a job that failed: what becomes of a new job with the same rows. */
export function kindOfJobFailure(reason: string): ServiceErrorKind {
  return (Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined) ?? 'invalid';
}

export interface Backoff {
  /** Mean of the first wait. */
  readonly firstMs: number;
  readonly longestMs: number;
}

export const QUICK: Backoff = { firstMs: 500, longestMs: 32_000 };
/** For quotas: they come back in minutes. */
export const SLOW: Backoff = { firstMs: 5_000, longestMs: 300_000 };

/** Longest single wait once the program is to stop. */
const STOPPED_WAIT_MS = 500;
/** What is left for repeated calls then: whoever sent SIGTERM soon sends SIGKILL. */
const STOPPED_RETRY_MS = 5_000;

/** Epoch ms at which a stop was first seen: a signal does not tell. */
const stops = new WeakMap<AbortSignal, number>();

/** @returns whether nothing is to be tried again any more: 5 s after the stop was noticed. */
export function isPatienceOver(stop: AbortSignal | undefined): boolean {
  if (!stop?.aborted) return false;
  const noticedAt = stops.get(stop) ?? Date.now();
  stops.set(stop, noticedAt);
  return Date.now() - noticedAt > STOPPED_RETRY_MS;
}

/**
 * Waits before the attempt behind number `attempt` (from 0): twice as long each time, and between half and one and a half of
 * it.
 * @param stop ends a wait that is under way; later ones take half a second at most.
 */
export async function backOff(
  attempt: number,
  { firstMs, longestMs }: Backoff = QUICK,
  stop?: AbortSignal,
): Promise<void> {
  const wait = Math.min(longestMs, firstMs * 2 ** attempt) * (0.5 + Math.random());
  if (stop === undefined) await sleep(wait);
  else if (stop.aborted) await sleep(Math.min(wait, STOPPED_WAIT_MS));
  else await sleep(wait, undefined, { signal: stop }).catch(() => {}); // it only fails by being cut short
  isPatienceOver(stop); // notices the stop
}

/**
 * Repeats a call that fails for a reason that passes.
 * @param deadlineMs no wait for another attempt is begun later than that after the first.
 * @param stop once it is aborted, attempts go on for 5 s only.
 * @throws what the last attempt threw.
 */
export function withRetry<T>(call: () => Promise<T>, deadlineMs: number, stop?: AbortSignal): Promise<T> {
  return withPatience(call, { retryMs: deadlineMs, quotaMs: 0, stop });
}

export interface Patience {
  /** How long failures of kind `transient` are met with another attempt. */
  readonly retryMs: number;
  /** The same for kind `quota`; 0: not at all. */
  readonly quotaMs: number;
  readonly stop?: AbortSignal | undefined;
  /** Called when a quota is waited for, once a call. */
  readonly onQuota?: (() => void) | undefined;
}

/**
 * Repeats a call that fails for a reason that passes; a used-up quota is waited for more slowly.
 * @throws what the last attempt threw.
 */
export async function withPatience<T>(call: () => Promise<T>, patience: Patience): Promise<T> {
  const waiting = new Waiting(patience);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await waiting.before(error);
    }
  }
}

/** The waits between attempts of one call. */
export class Waiting {
  readonly #patience: Patience;
  readonly #since = Date.now();
  #attempt = 0;
  #quotas = 0;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** Waits until the call may be made again. @throws the failure itself when it is not to be. */
  async before(failure: unknown): Promise<void> {
    if (!this.#isWorthwhile(failure)) throw failure;
    const { stop, onQuota } = this.#patience;
    if (failure.kind === 'quota') {
      if (this.#quotas === 0) onQuota?.();
      await backOff(this.#quotas++, SLOW, stop);
    } else await backOff(this.#attempt++, QUICK, stop);
    if (isPatienceOver(stop)) throw failure;
  }

  #isWorthwhile(failure: unknown): failure is ServiceError {
    const { retryMs, quotaMs, stop } = this.#patience;
    if (!isKind(failure, 'transient', 'quota') || isPatienceOver(stop)) return false;
    const allowedMs = failure.kind === 'quota' ? quotaMs : retryMs;
    return allowedMs > 0 && Date.now() - this.#since <= allowedMs;
  }
}
