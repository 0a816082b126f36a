import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@tap-webhooks/singer';
import { isKind, type ServiceError } from '../service-error.js';

/** What is said when a call begins to wait for a used-up quota. */
export function quotaNotice(log: Logger): () => void {
  return () => log.warn('a quota of BigQuery is used up: a call waits until it comes back');
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
