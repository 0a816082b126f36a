import { randomUUID } from 'node:crypto';
import type { Batch, BatchRow } from '@tap-webhooks/target-core';
import type { JobInfo } from '../api/service.js';
import { refusedRowsUnknown, rowsMissing } from '../errors.js';
import type { Spooled, TableJobs, Tally } from './job.js';
import { badRows } from './refused.js';

/** Jobs that may be used to find refused rows, of which the service names a few per job. */
const MOST_SEARCHES = 10;

/**
 * Loads rows without identity. A job of this process is run once, because its id is. Rows that the tap sends again to another
 * process are loaded again.
 * @throws ToolkitError or ServiceError when they cannot be loaded.
 */
export async function loadOthers(jobs: TableJobs, batch: Batch, rows: readonly BatchRow[]): Promise<Tally> {
  const failures = jobs.failures();
  const tally: Tally = { loaded: 0, refused: [] };
  let left = rows;
  for (let searches = 0; left.length > 0; ) {
    const startedAt = Date.now();
    const spooled = await jobs.spool(batch, left, tally);
    left = spooled.left;
    if (spooled.rows.length === 0) continue;
    const { job } = await jobs.run(`sdc_${randomUUID()}`, spooled, 0);
    if (job.failure === undefined) {
      tally.loaded += count(jobs, job, spooled);
      const { rows, diverted } = spooled;
      jobs.record(job, rows, { rows: rows.length, rejected: 0, diverted }, startedAt);
      continue;
    }
    const isRefused = (await failures.after(job, spooled, false)) === 'refused';
    const again = isRefused ? withoutBad(jobs, job, spooled, tally, ++searches) : spooled.rows;
    left = [...again, ...left];
  }
  return tally;
}

function withoutBad(
  { table }: TableJobs,
  job: JobInfo,
  { rows, file }: Spooled<BatchRow>,
  tally: Tally,
  searches: number,
): readonly BatchRow[] {
  const bad = badRows(job, file);
  if (bad.size === 0 || searches > MOST_SEARCHES) {
    throw refusedRowsUnknown(table.ref, job.id, job.failure?.message ?? '');
  }
  return rows.filter((row, index) => {
    const reason = bad.get(index);
    if (reason !== undefined) tally.refused.push({ row, reason });
    return reason === undefined;
  });
}

function count({ table }: TableJobs, job: JobInfo, { rows }: Spooled<BatchRow>): number {
  const loaded = job.outputRows ?? rows.length;
  if (loaded < rows.length) throw rowsMissing(table.ref, job.id, rows.length, loaded);
  return rows.length;
}
