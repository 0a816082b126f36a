import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import { receiverRuns } from '../errors.js';

/**
 * Who holds this lock writes the inbox: takes webhooks, trims, checkpoints. One process, the receiver; while none runs, a
 * drain for a moment.
 */
function lockPath(inboxPath: string): string {
  return join(inboxPath, 'receiver.lock');
}

/** Longer than a drain holds it, so that a drain never closes the front door. */
const RECEIVER_WAITS_MS = 5000;

/**
 * For as long as the receiver runs. Makes the inbox's folder.
 * @throws ToolkitError `locked`, exit 4.
 */
export async function lockAsReceiver(inboxPath: string): Promise<Lock> {
  makeFolder(inboxPath);
  const lock = await acquireLock(lockPath(inboxPath), { waitMs: RECEIVER_WAITS_MS });
  if (!lock) throw receiverRuns(inboxPath);
  return lock;
}

/** For a moment; undefined when a receiver runs, which then does the work itself. */
export function lockForAMoment(inboxPath: string): Promise<Lock | undefined> {
  return acquireLock(lockPath(inboxPath));
}

/** With its name on disk: a power cut must not take the folder away again once something in it was acknowledged. */
function makeFolder(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  for (let at = resolve(path); at !== dirname(resolve(made)); at = dirname(at)) {
    const parent = openSync(dirname(at), 'r');
    try {
      fsyncSync(parent);
    } finally {
      closeSync(parent);
    }
  }
}
