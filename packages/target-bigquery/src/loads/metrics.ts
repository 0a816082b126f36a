import type { Logger } from '@tap-webhooks/singer';
import { nameOf, type TableRef } from '../table-ref.js';

export interface LoadCounts {
  /** Rows that the load added. */
  readonly rows: number;
  /** Rows that the destination refused. */
  readonly rejected: number;
  /** Values of declared fields that are in another column than their field's own. */
  readonly diverted: number;
}

/** What became of rows that were loaded together. */
export interface LoadRecord extends LoadCounts {
  /** Id of the load job, or name of the write stream. */
  readonly job: string;
  readonly stream: string;
  readonly table: TableRef;
  /** Undefined for rows without identity. */
  readonly inbox: string | undefined;
  readonly firstPosition: number | undefined;
  readonly lastPosition: number | undefined;
  /** Lowest and highest `_sdc_sequence` of the rows, as decimal text; undefined where they have none. */
  readonly firstSequence: string | undefined;
  readonly lastSequence: string | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** A point as the Singer SDK logs it: `METRIC: {"type":…,"metric":…,"value":…,"tags":{…}}`. */
interface Point {
  readonly type: 'counter' | 'timer';
  readonly metric: 'record_count' | 'rejected_count' | 'diverted_count' | 'job_count' | 'job_duration';
  readonly value: number;
  readonly tags: { readonly [tag: string]: string | number };
}

function say(log: Logger, stream: string, point: Point): void {
  log.info({ stream }, `METRIC: ${JSON.stringify({ ...point, tags: { ...point.tags, pid: process.pid } })}`);
}

/** Rows, rejected rows and seconds of a load that is done, and when that was. Counters tell what came since the last line. */
export function sayLoaded(log: Logger, load: LoadRecord): void {
  const { stream } = load;
  const tags = { stream, table: nameOf(load.table) };
  say(log, stream, { type: 'counter', metric: 'record_count', value: load.rows, tags });
  if (load.rejected > 0)
    say(log, stream, { type: 'counter', metric: 'rejected_count', value: load.rejected, tags });
  if (load.diverted > 0)
    say(log, stream, { type: 'counter', metric: 'diverted_count', value: load.diverted, tags });
  const finished_at = new Date(load.finishedAt).toISOString();
  const value = (load.finishedAt - load.startedAt) / 1000;
  say(log, stream, {
    type: 'timer',
    metric: 'job_duration',
    value,
    tags: { ...tags, status: 'succeeded', finished_at },
  });
}

/** A table that nothing can be loaded into any more. */
export function sayFailed(log: Logger, stream: string, ref: TableRef, code: string): void {
  const tags = { stream, table: nameOf(ref), status: 'failed', code };
  say(log, stream, { type: 'counter', metric: 'job_count', value: 1, tags });
}
