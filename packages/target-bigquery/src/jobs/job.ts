import { COLUMN, int64, isNumber, type Logger, memberSlices } from '@tap-webhooks/singer';
import type { Batch, BatchRow, Room, Row } from '@tap-webhooks/target-core';
import { Retry, type RetryPolicy, withRetry } from '../api/retry.js';
import type { BigQueryService, JobInfo } from '../api/service.js';
import { isKind, jobError } from '../api/service-error.js';
import type { Encoder } from '../encode/encoder.js';
import { linesFor } from '../encode/lines.js';
import { removeSpool, type SpoolFile } from '../encode/spool.js';
import { jobFailed } from '../errors.js';
import { DivertedNotice } from '../loads/diverted-notice.js';
import type { LoadsLog } from '../loads/log.js';
import type { LoadCounts, LoadRecord } from '../loads/metrics.js';
import type { TargetTable } from '../table/table.js';
import type { LoadPace } from './pace.js';
import { badRows, type Refused } from './refused.js';

/** What became of rows. */
export interface Tally {
  loaded: number;
  readonly refused: Refused[];
}

/** Rows of one job, in a file. */
export interface Spooled<R extends Row> {
  readonly rows: readonly R[];
  readonly file: SpoolFile;
  /** Rows that the file had no room for: they need a job of their own. */
  readonly left: readonly R[];
  /** Number of values in the file that the columns of their fields do not hold. */
  readonly diverted: number;
}

/** What became of a load job that was to be run. */
export type Outcome =
  /** It is done, and this run created it. */
  | { readonly kind: 'done'; readonly job: JobInfo }
  | { readonly kind: 'failed'; readonly job: JobInfo }
  /** A job of that id existed: it is over, and what it did has to be asked of the table. */
  | { readonly kind: 'taken'; readonly job: JobInfo };

/** What is to be done after a failed job. */
export type Next = 'again' | 'changed' | 'refused';

export interface TableJobsOptions {
  readonly service: BigQueryService;
  readonly table: TargetTable;
  readonly pace: LoadPace;
  readonly encoder: Encoder;
  /** On the disk of the spool. */
  readonly room: Room;
  readonly loads: LoadsLog;
  /** The Singer stream. */
  readonly stream: string;
  /** Of the stream. */
  readonly log: Logger;
  /** Path of the file that the rows of the current job are in. */
  readonly spoolPath: string;
  /** How long one job may take. */
  readonly timeoutMs: number;
  /** How uploads that meet a used-up quota are repeated, and failed jobs followed by others. */
  readonly retry: RetryPolicy;
}

/** Load jobs into one table, one at a time: the steps that all rows have in common, whether they have identity or not. */
export class TableJobs {
  readonly table: TargetTable;
  readonly log: Logger;
  readonly diverted: DivertedNotice;
  readonly #options: TableJobsOptions;

  constructor(options: TableJobsOptions) {
    this.table = options.table;
    this.log = options.log;
    this.diverted = new DivertedNotice(options.log);
    this.#options = options;
  }

  /**
   * Writes rows of a batch into a file for a job. At least one row is in the file or refused.
   * @param tally takes the rows that no job can take.
   */
  async spool<R extends BatchRow>(batch: Batch, rows: readonly R[], tally: Tally): Promise<Spooled<R>> {
    const { encoder, spoolPath, room, stream } = this.#options;
    await this.table.widen();
    const { file, refused, taken, ...all } = await room.whenThere(stream, () =>
      encoder.spool(this.table, linesFor(batch, rows), spoolPath),
    );
    const diverted = this.diverted.say(all.diverted);
    const left = taken < rows.length ? rows.slice(taken) : [];
    const done = taken < rows.length ? rows.slice(0, taken) : rows;
    if (refused.length === 0) return { file, rows: done, left, diverted };
    const reasons = new Map(refused);
    for (const [index, reason] of reasons) tally.refused.push({ row: rows[index] as R, reason });
    return { file, rows: done.filter((_, index) => !reasons.has(index)), left, diverted };
  }

  /**
   * Runs one load job to its end.
   * @param maxBadRecords rows that may be refused without the job failing.
   * @throws ServiceError when it cannot be created, or is not over in time.
   */
  async run(id: string, { file }: Spooled<Row>, maxBadRecords: number): Promise<Outcome> {
    const outcome = await this.#run(id, file, maxBadRecords);
    if (outcome.kind === 'taken')
      await this.table.reread(); // its job may have brought columns
    else if (outcome.job.failure === undefined) this.table.extended();
    return outcome;
  }

  /** Notes a job for `_sdc_loads`. */
  record(job: Pick<JobInfo, 'id'>, rows: readonly Row[], counts: LoadCounts, startedAt: number): void {
    this.diverted.loaded(counts.diverted);
    this.#options.loads.record(loadRecord(this.table, job.id, rows, counts, startedAt));
  }

  /** Of one load: tells what follows its failed jobs. */
  failures(): JobFailures {
    return new JobFailures(this.table, this.#options.retry);
  }

  async close(): Promise<void> {
    await removeSpool(this.#options.spoolPath);
  }

  async #run(id: string, file: SpoolFile, maxBadRecords: number): Promise<Outcome> {
    const { service, pace, timeoutMs, retry } = this.#options;
    const { ref, location, labels, wanted } = this.table;
    const spec = { id, table: ref, location, labels, fields: wanted, maxBadRecords };
    const earlier = await service.getJob(id, location);
    if (earlier) {
      const job = earlier.state === 'DONE' ? earlier : await service.waitForJob(earlier, timeoutMs);
      return { kind: 'taken', job };
    }
    await pace.turn();
    try {
      // the service repeats uploads by itself, but leaves used-up quotas to its caller
      const insert = () => service.insertLoadJob(spec, file);
      const created = await withRetry(insert, { ...retry, transientMs: 0 });
      const job = await service.waitForJob(created, timeoutMs);
      return { kind: job.failure ? 'failed' : 'done', job };
    } catch (error) {
      if (!isKind(error, 'duplicate')) throw error;
      return { kind: 'taken', job: await service.waitForJob(spec, timeoutMs) };
    }
  }
}

/** Jobs that may follow a failed one because somebody else changed the table's columns meanwhile. */
const MOST_SCHEMA_CHANGES = 3;

/** The failed jobs of one load. */
export class JobFailures {
  readonly #table: TargetTable;
  readonly #policy: RetryPolicy;
  #retry: Retry | undefined;
  #schemaChanges = 0;

  constructor(table: TargetTable, policy: RetryPolicy) {
    this.#table = table;
    this.#policy = policy;
  }

  /**
   * Reads why a job failed, and waits where waiting helps.
   * @throws ToolkitError `job_failed` when no further job will do better.
   */
  async after(job: JobInfo, spooled: Spooled<Row>, isLenient: boolean): Promise<Next> {
    const failure = jobError(job.failure ?? { reason: 'unknown', message: '' });
    if (failure.kind === 'invalid') {
      if (badRows(job, spooled.file).size > 0 && !isLenient) return 'refused';
      if (this.#schemaChanges++ < MOST_SCHEMA_CHANGES && (await this.#table.reread())) return 'changed';
      if (!isLenient) return 'refused';
    }
    this.#retry ??= new Retry(this.#policy); // its times count from the first failure
    try {
      await this.#retry.wait(failure);
      return 'again';
    } catch {
      throw jobFailed(this.#table.ref, job.id, failure);
    }
  }
}

/** The row of `_sdc_loads` for a job or an append. Rows are in position order. */
function loadRecord(
  table: TargetTable,
  job: string,
  rows: readonly Row[],
  counts: LoadCounts,
  startedAt: number,
): LoadRecord {
  const first = rows[0];
  const last = rows.at(-1);
  return {
    job,
    stream: table.definition.stream,
    table: table.ref,
    ...counts,
    inbox: first?.identity?.inbox,
    firstPosition: first?.identity?.position,
    lastPosition: last?.identity?.position,
    firstSequence: first && sequenceOf(first.text),
    lastSequence: last && sequenceOf(last.text),
    startedAt,
    finishedAt: Date.now(),
  };
}

/** Decimal text, every digit of it; undefined for what is no INTEGER. */
function sequenceOf(text: string): string | undefined {
  const member = memberSlices(text).findLast(({ name }) => name === COLUMN.sequence);
  const value = member && text.slice(member.start, member.end);
  // a text of its own: a slice would keep the whole row until the report is written
  return value !== undefined && isNumber(value) ? int64(value)?.toString() : undefined;
}
