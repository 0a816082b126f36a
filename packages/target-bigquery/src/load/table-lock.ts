import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import { spoolFailed, tableLocked } from '../errors.js';
import type { TableRef } from '../service/service.js';
import type { TablePaths } from './table-place.js';

/**
 * Keeps out a second process with the same spool folder. One elsewhere is harmless: whoever loads a row takes the same job
 * id, and the service runs an id once.
 */
export async function lockTable(stream: string, ref: TableRef, { lock: path }: TablePaths): Promise<Lock> {
  let lock: Lock | undefined;
  try {
    lock = await acquireLock(path);
  } catch (cause) {
    throw spoolFailed(ref, cause);
  }
  if (lock === undefined) throw tableLocked(stream, ref, path);
  return lock;
}
