import { createHash } from 'node:crypto';
import type { TableRef } from '../service/service.js';

/** A table as job ids know it: one that is dropped and made anew under its name is another. */
export interface TableIdentity {
  readonly project: string;
  readonly ref: TableRef;
  /** Epoch ms as decimal text. */
  readonly creationTime: string;
}

/**
 * Id of the load job whose first row is the first unloaded position of an inbox. Whoever loads that row next, on whatever
 * machine, uses this id, and the service runs an id once: an upload of a process that is long gone, when it still comes in,
 * collides with its successor instead of doubling its rows. Attempt n + 1 is used only when attempt n is known to be over.
 */
export function jobId(table: TableIdentity, inbox: string, first: number, attempt: number): string {
  const { project, ref, creationTime } = table;
  const hash = createHash('sha256')
    .update(JSON.stringify([project, ref.dataset, ref.table, creationTime, inbox]))
    .digest('hex')
    .slice(0, 32);
  return `sdc_${hash}_${first}_${attempt}`;
}
