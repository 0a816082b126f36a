import { createHash } from 'node:crypto';
import type { TableRef } from '../service/service.js';

/** A table as job ids know it. */
export interface TableIdentity {
  readonly project: string;
  readonly ref: TableRef;
}

/**
 * Id of the load job whose first row is the first unloaded position of an inbox. Whoever loads that row next, on whatever
 * machine, uses this id, and the service runs an id once: an upload of a process that is long gone, when it still comes in,
 * collides with its successor instead of doubling its rows. Attempt n + 1 is used only when attempt n is known to be over.
 *
 * When the table was made is not part of it: an upload that was meant for a table of that name which is gone loads into the
 * one that took its place. Jobs of that earlier table are met again; that they are over proves nothing, and the table is asked.
 */
export function jobId(
  { project, ref }: TableIdentity,
  inbox: string,
  first: number,
  attempt: number,
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([project, ref.dataset, ref.table, inbox]))
    .digest('hex')
    .slice(0, 32);
  return `sdc_${hash}_${first}_${attempt}`;
}
