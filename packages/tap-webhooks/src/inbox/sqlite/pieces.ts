/**
 * Does work piece by piece, and lets the thread answer calls between two pieces.
 * @returns what the work returns; undefined when it was given up, since the signal aborted.
 */
export async function inPieces<T>(work: Generator<void, T>, signal: AbortSignal): Promise<T | undefined> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
    if (!signal.aborted) continue;
    work.return(undefined as never);
    return undefined;
  }
}
