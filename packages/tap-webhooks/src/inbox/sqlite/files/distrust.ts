import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A mark that a file failed to be synced, in memory that outlives the process but not the machine: just as long as the page
 * cache, which may show what never reached the disk. It is for a disk that refuses even the small file `current`, so that the
 * next process does not trust the file either. Only Linux has such memory; elsewhere there is no mark.
 */
const MEMORY = '/dev/shm';

/** Marks a file. Does nothing where that is not possible. */
export function distrust(path: string): void {
  try {
    const mark = markOf(path);
    if (mark !== undefined) closeSync(openSync(mark, 'a', 0o600));
  } catch {
    // `current` says the same, where it can be written.
  }
}

export function isDistrusted(path: string): boolean {
  const mark = markOf(path);
  return mark !== undefined && existsSync(mark);
}

/** The time of birth tells a file from a later one with the same number. */
function markOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || process.platform !== 'linux') return undefined;
  return join(MEMORY, `tap-webhooks-${stat.dev}-${stat.ino}-${Math.floor(stat.birthtimeMs)}`);
}
