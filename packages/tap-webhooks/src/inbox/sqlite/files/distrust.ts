import { closeSync, constants, lstatSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A mark that a file failed to be synced, in memory that outlives the process but not the machine: just as long as the page
 * cache, which may show what never reached the disk. It is for a disk that refuses even the small file `current`, so that the
 * next process does not trust the file either. Only Linux has such memory; elsewhere there is no mark.
 */
const MEMORY = '/dev/shm';

/** Creates a file without following a link: every user can write there. */
const TOUCH = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/** Marks a file. Does nothing where that is not possible. */
export function distrust(path: string): void {
  try {
    const mark = markOf(path);
    if (mark !== undefined) closeSync(openSync(mark, TOUCH, 0o600));
  } catch {
    // `current` says the same, where it can be written.
  }
}

/** A mark counts only from a user who could write the file: others must not make a receiver copy it. */
export function isDistrusted(path: string): boolean {
  const mark = markOf(path);
  const found = mark === undefined ? undefined : lstatSync(mark, { throwIfNoEntry: false });
  if (!found) return false;
  const writers = [0, process.geteuid?.(), statSync(path, { throwIfNoEntry: false })?.uid];
  return writers.includes(found.uid);
}

/** The time of birth tells a file from a later one with the same number. */
function markOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || process.platform !== 'linux') return undefined;
  return join(MEMORY, `tap-webhooks-${stat.dev}-${stat.ino}-${Math.floor(stat.birthtimeMs)}`);
}
