import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError, type ServiceErrorKind } from './service-error.js';

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

/** Waits before the attempt behind number `attempt` (from 0): twice as long each time, and between half and one and a half of it. */
export async function backOff(attempt: number, { firstMs, longestMs }: Backoff = QUICK): Promise<void> {
  const mean = Math.min(longestMs, firstMs * 2 ** attempt);
  await sleep(mean * (0.5 + Math.random()));
}

/**
 * Repeats a call that fails for a reason that passes.
 * @param deadlineMs no attempt is begun later than that after the first.
 * @throws what the last attempt threw.
 */
export async function withRetry<T>(call: () => Promise<T>, deadlineMs: number): Promise<T> {
  const until = Date.now() + deadlineMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.kind !== 'transient' || Date.now() > until) throw error;
      await backOff(attempt);
    }
  }
}
