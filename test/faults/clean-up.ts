const pending = new Set<() => void>();
let isListening = false;

/** Does something when the harness ends, in whatever way but kill -9, unless it is done before. @returns does it now. */
export function cleanUp(action: () => void): () => void {
  listen();
  pending.add(action);
  return () => {
    if (pending.delete(action)) action();
  };
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  // In reverse order: processes end before the disk that they use is unmounted.
  process.once('exit', () => {
    for (const action of [...pending].reverse()) action();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
