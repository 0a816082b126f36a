/**
 * Listens to SIGTERM and SIGINT as soon as it is imported, and imports nothing itself. Each program imports it before anything
 * else, so that a signal that comes while the rest is loaded ends the program as it would later: cleanly, with its exit code.
 */

const controller = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => controller.abort());

/** Aborts on the first SIGTERM or SIGINT. Later signals change nothing. */
export const stop: AbortSignal = controller.signal;
