/**
 * Awaits `work` until a time has passed or one of the signals aborts. Made by hand, since `AbortSignal.any` over a signal
 * that lives as long as the process keeps each of its results.
 * @param ms may be infinite.
 */
export async function waitFor(
  ms: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const abort = () => over.abort();
  const timer = Number.isFinite(ms) ? setTimeout(abort, Math.max(0, ms)) : undefined;
  for (const signal of signals) {
    if (signal.aborted) over.abort();
    signal.addEventListener('abort', abort, { once: true });
  }
  try {
    if (!over.signal.aborted) await work(over.signal);
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}
