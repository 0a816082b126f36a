import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from './service-error.js';

/** How long a call is repeated that fails for a reason that passes. Every repeated call of this package follows one. */
export interface RetryPolicy {
  /** How long failures of kind `transient` are followed by another attempt, in ms from the first attempt. */
  readonly transientMs: number;
  /** The same for kind `quota`; 0: such a failure is final. */
  readonly quotaMs: number;
  /** The run is to end: from then on attempts go on for 5 s only, with short waits between them. */
  readonly stop: AbortSignal | undefined;
  /** Called when a call begins to wait for a used-up quota, once per call. */
  readonly onQuota?: (() => void) | undefined;
  /**
   * Called at each failure of kind `transient` before the call is repeated.
   * @param since when the call was begun, and `until` when it fails for good; epoch ms.
   */
  readonly onOutage?: ((failure: ServiceError, since: number, until: number) => void) | undefined;
}

/**
 * Repeats a call that fails for a reason that passes. A used-up quota is waited for more slowly.
 * @throws what the last attempt threw.
 */
export async function withRetry<T>(call: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  const retry = new Retry(policy);
  for (;;) {
    try {
      return await call();
    } catch (failure) {
      await retry.wait(failure);
    }
  }
}

/** The waits between attempts of one call. */
export class Retry {
  readonly #policy: RetryPolicy;
  #since = Date.now();
  #failures = 0;
  #quotas = 0;

  constructor(policy: RetryPolicy) {
    this.#policy = policy;
  }

  /** An attempt succeeded in part: the time limits and the waits start again. */
  progress(): void {
    this.#since = Date.now();
    this.#failures = 0;
    this.#quotas = 0;
  }

  /**
   * Waits until the call may be made again.
   * @param kind that decides; the failure's own by default.
   * @throws the failure itself when the call must not be repeated: its kind is final, the time is over, or the run is to end.
   */
  async wait(failure: unknown, kind: unknown = (failure as Partial<ServiceError>)?.kind): Promise<void> {
    const { transientMs, quotaMs, stop, onQuota, onOutage } = this.#policy;
    const isQuota = kind === 'quota';
    if (!(failure instanceof ServiceError) || (!isQuota && kind !== 'transient')) throw failure;
    const allowedMs = isQuota ? quotaMs : transientMs;
    if (allowedMs <= 0 || Date.now() - this.#since > allowedMs || isPatienceOver(stop)) throw failure;
    if (isQuota) {
      if (this.#quotas === 0) onQuota?.();
      await backOff(this.#quotas++, SLOW, stop);
    } else {
      onOutage?.(failure, this.#since, this.#since + allowedMs);
      await backOff(this.#failures++, QUICK, stop);
    }
    if (isPatienceOver(stop)) throw failure;
  }
}

/**
 * Asks again and again until the answer is true.
 * @returns false when it is not within `ms`.
 * @throws ServiceError `transient` when the run is to end before that: the answer is not known then.
 */
export async function poll(
  ask: () => Promise<boolean>,
  ms: number,
  stop: AbortSignal | undefined,
  waits: Backoff = QUICK,
): Promise<boolean> {
  const until = Date.now() + ms;
  for (let attempt = 0; !(await ask()); attempt += 1) {
    if (Date.now() >= until) return false;
    failIfStopped(stop);
    await backOff(attempt, waits, stop);
  }
  return true;
}

/** @throws ServiceError `transient` 5 s after the run was stopped: an answer that is not known by then stays unknown. */
export function failIfStopped(stop: AbortSignal | undefined): void {
  if (isPatienceOver(stop)) throw new ServiceError('transient', 0, 'stopped', 'the run was stopped');
}

export interface Backoff {
  /** Mean of the first wait. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** How much longer each wait is than the one before; 2 by default. */
  readonly factor?: number;
}

const QUICK: Backoff = { firstMs: 500, longestMs: 32_000 };
/** For quotas, which come back in minutes. */
export const SLOW: Backoff = { firstMs: 5_000, longestMs: 300_000 };

/** Longest single wait once the run is to end. */
export const STOPPED_WAIT_MS = 500;
/** How long calls are repeated after a stop: SIGKILL follows soon after SIGTERM. */
const STOPPED_RETRY_MS = 5_000;

/** Epoch ms at which a stop was first noticed: a signal does not tell. */
const stops = new WeakMap<AbortSignal, number>();

/** @returns whether nothing may be repeated any more: 5 s after the stop was noticed. */
function isPatienceOver(stop: AbortSignal | undefined): boolean {
  if (!stop?.aborted) return false;
  const noticedAt = stops.get(stop) ?? Date.now();
  stops.set(stop, noticedAt);
  return Date.now() - noticedAt > STOPPED_RETRY_MS;
}

/**
 * Waits before attempt `attempt` + 2: longer each time, and between half and one and a half of that.
 * @param stop ends a wait that is under way; later waits take half a second at most.
 */
export async function backOff(
  attempt: number,
  { firstMs, longestMs, factor = 2 }: Backoff,
  stop: AbortSignal | undefined,
): Promise<void> {
  const wait = Math.min(longestMs, firstMs * factor ** attempt) * (0.5 + Math.random());
  if (stop === undefined) await sleep(wait);
  else if (stop.aborted) await sleep(Math.min(wait, STOPPED_WAIT_MS));
  else await sleep(wait, undefined, { signal: stop }).catch(() => {}); // it only fails when it is cut short
  isPatienceOver(stop); // notices the stop
}
