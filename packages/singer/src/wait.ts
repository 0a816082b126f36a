import { setTimeout as sleep } from 'node:timers/promises';

/** The longest time that a timer of Node takes, in ms, about 25 days: a longer one would end at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A time in milliseconds (may be infinite), or a signal: whichever says that it is late. */
export type Limit = number | AbortSignal;

/**
 * The result of `work`, unless the limit comes first. The work itself goes on: a caller that can end it does so in a `finally`.
 * @param late makes the error that is thrown when the limit comes first; without it the result is undefined then.
 * @throws what `work` is rejected with before the limit comes; later rejections are ignored.
 */
export function within<T>(work: Promise<T>, limit: Limit, late: () => Error): Promise<T>;
export function within<T>(work: Promise<T>, limit: Limit): Promise<T | undefined>;
export async function within<T>(work: Promise<T>, limit: Limit, late?: () => Error): Promise<T | undefined> {
  let forget = () => {};
  const over = new Promise<undefined>((resolve, reject) => {
    forget = whenReached(limit, () => (late ? reject(late()) : resolve(undefined)));
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    forget();
  }
}

/**
 * Awaits `work`, which gets a signal that aborts as soon as one of the limits comes, and in any case once `work` is done.
 * Not called when a limit has come already; the result is undefined then.
 *
 * Made by hand: `AbortSignal.any` over a signal that lives as long as the process keeps each of its results.
 */
export async function until<T>(
  limits: readonly Limit[],
  work: (over: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const over = new AbortController();
  const forget = limits.map((limit) => whenReached(limit, () => over.abort()));
  try {
    return over.signal.aborted ? undefined : await work(over.signal);
  } finally {
    for (const one of forget) one();
    over.abort();
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void whenReached(signal, resolve));
}

/** Resolves after a time, or as soon as the signal aborts; it never rejects. Keeps the process alive meanwhile. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : undefined).catch(() => {});
}

/** Calls `reached` once when the limit comes. @returns ends the waiting. */
function whenReached(limit: Limit, reached: () => void): () => void {
  if (typeof limit === 'number') {
    if (!Number.isFinite(limit)) return () => {};
    return afterTime(limit, reached);
  }
  if (limit.aborted) {
    reached();
    return () => {};
  }
  limit.addEventListener('abort', reached, { once: true });
  return () => limit.removeEventListener('abort', reached);
}

/** Calls `reached` once after a time, however long. @returns ends the waiting. */
function afterTime(ms: number, reached: () => void): () => void {
  let rest = Math.max(0, ms);
  const wait = () => {
    const next = Math.min(rest, LONGEST_MS);
    rest -= next;
    return setTimeout(() => {
      if (rest > 0) timer = wait();
      else reached();
    }, next);
  };
  let timer = wait();
  return () => clearTimeout(timer);
}
