import type { BatchRow } from '@tap-webhooks/target-core';
import type { RowLines } from '../encode/lines.js';
import { streamTaken } from '../errors.js';
import type { Tally } from '../jobs/job.js';
import { loadOthers } from '../jobs/load-others.js';
import { AppendStopped } from './appender.js';
import { type BatchLoading, openStream } from './loading.js';
import { BatchRequests } from './requests.js';

/**
 * Appends rows of the batch to the write stream, in their order.
 * @param takeLarge loads rows that are too large for a request, in their place among the others.
 * @throws AppendStopped, WriteError.
 */
export async function appendRows(
  { jobs, batch, writeStream, formats, encoder }: BatchLoading,
  rows: readonly BatchRow[],
  tally: Tally,
  takeLarge: (rows: readonly BatchRow[]) => Promise<void>,
): Promise<void> {
  if (rows.length === 0) return;
  const { table } = jobs;
  const format = formats.of(table);
  const startedAt = Date.now();
  const own: Tally = { loaded: 0, refused: tally.refused };
  const refusedBefore = tally.refused.length;
  let diverted = 0;
  const cut = async (lines: RowLines) => {
    const rows = await encoder.cut(table, lines, format);
    diverted += jobs.diverted.say(rows.diverted);
    return rows;
  };
  const requests = new BatchRequests(batch, rows, cut, own);
  try {
    for (let large: readonly BatchRow[]; ; ) {
      await writeStream.appender.append(requests, format.descriptor, own);
      large = requests.takeLarge();
      if (large.length === 0) break;
      await takeLarge(large);
    }
  } finally {
    tally.loaded += own.loaded;
  }
  const counts = { rows: own.loaded, rejected: tally.refused.length - refusedBefore, diverted };
  jobs.record({ id: writeStream.name }, rows, counts, startedAt);
}

/** Among the inboxes, for rows that have none. */
const NO_INBOX = '';

/** Appends rows without identity, each at least once. What cannot be appended goes by a load job. */
export async function appendOthers(loading: BatchLoading, rows: readonly BatchRow[]): Promise<Tally> {
  const tally: Tally = { loaded: 0, refused: [] };
  if (rows.length === 0) return tally;
  const { jobs, batch, writeStream } = loading;
  const byJob = async (some: readonly BatchRow[]) => {
    const { loaded, refused } = await loadOthers(jobs, batch, some);
    tally.loaded += loaded;
    tally.refused.push(...refused);
  };
  if (needsJob(loading)) {
    await byJob(rows);
    return tally;
  }
  try {
    if (!writeStream.isOpen) {
      await openStream(loading);
      loading.begun.add(NO_INBOX);
    }
    await appendRows(loading, rows, tally, byJob);
  } catch (error) {
    if (!(error instanceof AppendStopped)) throw error;
    if (error.reason === 'finalized' && !(await writeStream.isEndedByItself()))
      throw streamTaken(jobs.table.ref);
    if (error.isUnknown) await writeStream.close();
    await byJob(error.left);
  }
  return tally;
}

/** New columns come with a load job. So do the first rows of a new table: appends to one may get lost for minutes. */
function needsJob({ jobs: { table }, begun }: BatchLoading): boolean {
  const { added, widened } = table.plan;
  const isFirst = table.isNew && !begun.has(NO_INBOX);
  begun.add(NO_INBOX);
  return isFirst || added.length > 0 || widened.length > 0;
}
