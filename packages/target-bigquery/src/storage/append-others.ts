import type { Row } from '@tap-webhooks/target-core';
import { streamTaken } from '../errors.js';
import { loadOthers } from '../load/load-others.js';
import type { Tally } from '../load/piece-loader.js';
import { appendRows } from './append-rows.js';
import { AppendStopped } from './append-stopped.js';
import { type BatchLoading, openStream } from './loading.js';

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
