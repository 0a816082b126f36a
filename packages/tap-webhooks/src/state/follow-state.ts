import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject, Logger } from '@tap-webhooks/singer';
import { readStateFile } from './state-file.js';

/** How often the file is looked at; it is read only when it has changed. */
const INTERVAL_MS = 1000;

/**
 * Reads the state file again whenever it changes, until the signal aborts, so that a pipe that runs for months confirms as
 * it goes. A file that shrank, went away or cannot be read at this moment is no trouble: what is confirmed never falls.
 */
export async function followState(
  path: string,
  signal: AbortSignal,
  log: Logger,
  onState: (state: JsonObject) => Promise<void>,
): Promise<void> {
  let seen = '';
  let complained = false;
  while (!signal.aborted) {
    const stamp = await stampOf(path);
    if (stamp !== undefined && stamp !== seen) {
      try {
        const state = await readStateFile(path);
        if (state) await onState(state);
        complained = false;
      } catch (cause) {
        if (!complained) log.warn({ why: (cause as Error).message }, 'The state file confirms nothing now');
        complained = true;
      }
      seen = stamp;
    }
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

/** Changes when the file does; undefined when there is no file, or it is a pipe that can be read once only. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}
