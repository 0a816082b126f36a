import type { Row } from '@tap-webhooks/target-core';
import type { JobInfo } from '../api/service.js';
import { streamTaken } from '../errors.js';
import { loadRecord, type Tally } from '../jobs/job.js';
import { loadOthers } from '../jobs/load-others.js';
import { AppendStopped } from './appender.js';
import { type BatchLoading, openStream } from './loading.js';
import { BatchRequests } from './requests.js';

/**
 * Appends rows to the stream, in their order.
 * @param takeLarge loads rows that are too large for a request, in their place among the others.
 * @throws AppendStopped, WriteError.
 */
export async function appendRows(
  { context, stream, formats, cutter }: BatchLoading,
  rows: readonly Row[],
  tally: Tally,
  takeLarge: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  if (rows.length === 0) return;
  const { table, loads } = context;
  const format = formats.of(table);
  const startedAt = Date.now();
  const own: Tally = { loaded: 0, refused: tally.refused };
  const refusedBefore = tally.refused.length;
  const requests = new BatchRequests(rows, context, format, cutter, own);
  try {
    for (let large: readonly Row[]; ; ) {
      await stream.appender.append(requests, format.descriptor, own);
      large = requests.takeLarge();
      if (large.length === 0) break;
      await takeLarge(large);
    }
  } finally {
    tally.loaded += own.loaded;
  }
  const counts = { rows: own.loaded, rejected: tally.refused.length - refusedBefore };
  loads.record(loadRecord(table, { id: stream.name } as JobInfo, rows, counts, startedAt));
}

/** Stands among the inboxes for rows that have none. */
const NO_INBOX = '';

/** Appends rows without identity, each at least once. What cannot be appended goes by a load job. */
export async function appendOthers(loading: BatchLoading, rows: readonly Row[]): Promise<Tally> {
  const tally: Tally = { loaded: 0, refused: [] };
  if (rows.length === 0) return tally;
  const { context, stream } = loading;
  const byJob = async (some: readonly Row[]) => {
    const { loaded, refused } = await loadOthers(context, some);
    tally.loaded += loaded;
    tally.refused.push(...refused);
  };
  if (needsJob(loading)) {
    await byJob(rows);
    return tally;
  }
  try {
    if (!stream.isOpen) {
      await openStream(loading);
      loading.begun.add(NO_INBOX);
    }
    await appendRows(loading, rows, tally, byJob);
  } catch (error) {
    if (!(error instanceof AppendStopped)) throw error;
    if (error.reason === 'finalized' && !(await stream.isEndedByItself()))
      throw streamTaken(context.table.ref);
    if (error.isUnknown) await stream.close();
    await byJob(error.left);
  }
  return tally;
}

/** New columns come with a load job. So do the first rows of a new table: appends to one may get lost for minutes. */
function needsJob({ context: { table }, begun }: BatchLoading): boolean {
  const { added, widened } = table.plan;
  const isFirst = table.isNew && !begun.has(NO_INBOX);
  begun.add(NO_INBOX);
  return isFirst || added.length > 0 || widened.length > 0;
}
