import { memberSlices } from '@tap-webhooks/singer';
import type { Row } from '@tap-webhooks/target-core';
import type { JobInfo } from '../service/service.js';
import type { LoadRecord } from './loads-log.js';
import type { TargetTable } from './target-table.js';

/** The row of `_sdc_loads` for a job. Rows are in position order. */
export function loadRecord(
  table: TargetTable,
  job: JobInfo,
  rows: readonly Row[],
  counts: { rows: number; rejected: number },
  startedAt: number,
): LoadRecord {
  const first = rows[0]?.identity;
  return {
    job: job.id,
    stream: table.definition.stream,
    table: table.ref,
    ...counts,
    inbox: first?.inbox,
    firstPosition: first?.position,
    lastPosition: rows.at(-1)?.identity?.position,
    firstSequence: rows[0] && sequenceOf(rows[0].text),
    lastSequence: rows.at(-1) && sequenceOf((rows.at(-1) as Row).text),
    startedAt,
    finishedAt: Date.now(),
  };
}

/** As it stands in the row, digit for digit. */
function sequenceOf(text: string): string | undefined {
  const member = memberSlices(text).findLast(({ name }) => name === '_sdc_sequence');
  const value = member && text.slice(member.start, member.end);
  // a text of its own: a slice would keep the whole row until the report is written
  return value !== undefined && /^-?\d+$/.test(value) ? String(BigInt(value)) : undefined;
}
