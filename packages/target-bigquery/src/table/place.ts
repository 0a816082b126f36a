import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import type { Config } from '../config.js';
import { spoolFailed, tableLocked } from '../errors.js';
import type { TableRef } from '../table-ref.js';

/**
 * Keeps out a second process with the same spool folder. A process elsewhere is harmless: it uses the same job id for the same
 * row, and the service runs an id once.
 */
export async function lockTable(stream: string, ref: TableRef, { lock: path }: SpoolPaths): Promise<Lock> {
  let lock: Lock | undefined;
  try {
    lock = await acquireLock(path);
  } catch (cause) {
    throw spoolFailed(ref, cause);
  }
  if (lock === undefined) throw tableLocked(stream, ref, path);
  return lock;
}

/** Files that belong to one table, in the spool folder. */
export interface SpoolPaths {
  readonly lock: string;
  readonly note: string;
  readonly spool: string;
}

/** Paths with names that people recognise, and that differ when project, endpoint or table differ. */
export function spoolPaths(config: Config, { dataset, table }: TableRef): SpoolPaths {
  const all = JSON.stringify([config.api_endpoint ?? '', config.project, dataset, table]);
  const hash = createHash('sha256').update(all).digest('hex').slice(0, 12);
  const base = join(config.spool_path, `${dataset.slice(0, 60)}.${table.slice(0, 60)}-${hash}`);
  return { lock: `${base}.lock`, note: `${base}.note.json`, spool: `${base}.ndjson` };
}
