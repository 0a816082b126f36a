import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import { consumerRuns, consumerUnknown } from '../errors.js';
import { checkConsumerName, consumersFolder, readConsumer, syncFolder } from './consumer-files.js';

/**
 * The right to read as this consumer; one pipe at a time. It goes with the process.
 * @throws ToolkitError `locked`, exit 4.
 */
export async function leaseConsumer(inboxPath: string, name: string): Promise<Lock> {
  checkConsumerName(name);
  const lock = await acquireLock(lockPath(inboxPath, name));
  if (!lock) throw consumerRuns(name);
  return lock;
}

/**
 * Ends a consumer: what it has not confirmed no longer keeps anything. Its lock file stays, since another process might
 * wait for it.
 * @throws ToolkitError `unknown_consumer`, exit 1; `locked`, exit 4, while a pipe reads as this consumer.
 */
export async function dropConsumer(inboxPath: string, name: string): Promise<void> {
  checkConsumerName(name);
  if (!(await readConsumer(inboxPath, name))) throw consumerUnknown(name);
  const lock = await acquireLock(lockPath(inboxPath, name));
  if (!lock) throw consumerRuns(name);
  try {
    await rm(join(consumersFolder(inboxPath), `${name}.json`), { force: true });
    await syncFolder(consumersFolder(inboxPath));
  } finally {
    lock.release();
  }
}

function lockPath(inboxPath: string, name: string): string {
  return join(consumersFolder(inboxPath), `${name}.lock`);
}
