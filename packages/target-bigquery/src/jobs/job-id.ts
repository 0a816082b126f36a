import { createHash } from 'node:crypto';
import type { TableRef } from '../table-ref.js';

/** What job ids know of a table. */
export interface TableIdentity {
  readonly project: string;
  readonly ref: TableRef;
}

/**
 * Id of the load job whose first row is the first unloaded position of an inbox. Every process that loads that row next, on
 * any machine, uses this id, and the service runs an id once. So an upload of a process that died long ago, when it still
 * arrives, collides with its successor instead of doubling its rows. Attempt n + 1 is used only when attempt n is known to be over.
 *
 * An older copy of an inbox that is put back gives positions again, and a job with other events may have the id. The sequences
 * in the table tell them apart, and the next attempt loads what is missing.
 *
 * The creation time of the table is not part of it, because an upload meant for a dropped table of that name loads into the
 * table that replaced it. Jobs for the dropped table are met again, but that they are over proves nothing: the table is asked.
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
