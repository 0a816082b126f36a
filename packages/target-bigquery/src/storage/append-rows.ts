import type { Row } from '@tap-webhooks/target-core';
import { loadRecord } from '../load/load-report.js';
import type { Tally } from '../load/piece-loader.js';
import type { JobInfo } from '../service/service.js';
import type { BatchLoading } from './loading.js';
import { BatchRequests } from './request-source.js';

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
