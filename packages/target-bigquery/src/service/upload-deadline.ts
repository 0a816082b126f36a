import { backOff, isPatienceOver, QUICK, withRetry } from './retry.js';
import { ServiceError } from './service-error.js';

const RETRY_MS = 300_000;

export interface UploadPatience {
  /** How long the whole upload may take. */
  readonly deadlineMs: number;
  /** Once it is aborted, what failed is tried again for 5 s only. */
  readonly stop?: AbortSignal | undefined;
}

/** The time that is left for an upload. */
export class UploadDeadline {
  readonly #until: number;
  readonly #ms: number;
  readonly #stop: AbortSignal | undefined;

  constructor({ deadlineMs, stop }: UploadPatience) {
    this.#until = Date.now() + deadlineMs;
    this.#ms = deadlineMs;
    this.#stop = stop;
  }

  /** @returns what a step may take that could take `mostMs`. @throws ServiceError `transient` when no time is left. */
  left(mostMs: number): number {
    const left = this.#until - Date.now();
    if (left <= 0)
      throw new ServiceError('transient', 0, 'timeout', `the upload was not done within ${this.#ms} ms`);
    return Math.min(left, mostMs);
  }

  retry<T>(call: () => Promise<T>): Promise<T> {
    return withRetry(call, this.left(RETRY_MS), this.#stop);
  }

  /** Waits before something is tried again. @throws ServiceError, `failure` if there is one, when it is not to be. */
  async backOff(attempt: number, failure = uploadCut()): Promise<void> {
    if (isPatienceOver(this.#stop)) throw failure;
    await backOff(attempt, { ...QUICK, longestMs: this.left(QUICK.longestMs) }, this.#stop);
    if (isPatienceOver(this.#stop)) throw failure;
    this.left(0);
  }
}

export function uploadCut(): ServiceError {
  return new ServiceError('transient', 0, 'uploadCut', 'the upload was cut again and again');
}
