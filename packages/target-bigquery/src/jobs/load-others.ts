import { randomUUID } from 'node:crypto';
import type { Row } from '@tap-webhooks/target-core';
import type { JobInfo } from '../api/service.js';
import { refusedRowsUnknown, rowsMissing } from '../errors.js';
import { type BatchContext, PieceLoader, type Spooled, type Tally } from './job.js';
import { badRows } from './refused.js';

/** Jobs that are spent on finding rows which the service refuses and names a few at a time. */
const MOST_SEARCHES = 10;

/**
 * Loads rows without identity. A job of this process comes in once, since its id does; a process that starts again loads
 * what comes again.
 * @throws ToolkitError or ServiceError when they cannot be loaded.
 */
export async function loadOthers(context: BatchContext, rows: readonly Row[]): Promise<Tally> {
  const steps = new PieceLoader(context);
  const tally: Tally = { loaded: 0, refused: [] };
  let left = rows;
  for (let searches = 0; left.length > 0; ) {
    const startedAt = Date.now();
    const spooled = await steps.spool(left, tally);
    if (spooled.rows.length === 0) break;
    const { job } = await steps.run(`sdc_${randomUUID()}`, spooled, 0);
    if (job.failure === undefined) {
      tally.loaded += count(context, job, spooled);
      steps.record(job, spooled.rows, { rows: spooled.rows.length, rejected: 0 }, startedAt);
      break;
    }
    left = spooled.rows;
    if ((await steps.afterFailure(job, spooled, false)) !== 'refused') continue;
    left = withoutBad(context, job, spooled, tally, ++searches);
  }
  return tally;
}

function withoutBad(
  { table }: BatchContext,
  job: JobInfo,
  { rows, file }: Spooled<Row>,
  tally: Tally,
  searches: number,
): readonly Row[] {
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

function count({ table }: BatchContext, job: JobInfo, { rows }: Spooled<Row>): number {
  const loaded = job.outputRows ?? rows.length;
  if (loaded < rows.length) throw rowsMissing(table.ref, job.id, rows.length, loaded);
  return rows.length;
}
