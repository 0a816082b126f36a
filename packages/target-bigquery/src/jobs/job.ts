import { type Logger, memberSlices } from '@tap-webhooks/singer';
import type { Row } from '@tap-webhooks/target-core';
import { quotaNotice, Retry, type RetryPolicy, withRetry } from '../api/retry.js';
import type { BigQueryService, JobInfo, LoadJobSpec, UploadFile } from '../api/service.js';
import { jobFailed } from '../errors.js';
import type { LoadRecord, LoadsLog } from '../loads/log.js';
import { isKind, jobError } from '../service-error.js';
import type { TargetTable } from '../table/table.js';
import type { BatchRows } from './order.js';
import type { LoadPace } from './pace.js';
import { badRows, type Refused } from './refused.js';
import type { SpoolFile } from './spool.js';
import type { Spooler } from './spooler.js';

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

/** What became of a load job that was to be run. */
export type Outcome =
  /** It is done, and it was this run that made it. */
  | { readonly kind: 'done'; readonly job: JobInfo }
  | { readonly kind: 'failed'; readonly job: JobInfo }
  /** A job of that id was there: it is over, and what it did has to be asked of the table. */
  | { readonly kind: 'taken'; readonly job: JobInfo };

export interface JobContext {
  readonly service: BigQueryService;
  readonly pace: LoadPace;
  readonly log: Logger;
  readonly stream: string;
  /** How long one job may take, and how long a used-up quota is waited for. */
  readonly timeoutMs: number;
  /** The run is to end: nothing is waited for that takes long. */
  readonly stop: AbortSignal;
}

/**
 * Runs one load job to its end.
 * @throws ServiceError when it cannot be made, or is not over in time.
 */
export async function runJob(context: JobContext, spec: LoadJobSpec, file: UploadFile): Promise<Outcome> {
  const { service, timeoutMs } = context;
  const earlier = await service.getJob(spec.id, spec.location);
  if (earlier) return { kind: 'taken', job: await over(context, earlier) };
  await context.pace.turn();
  try {
    // the service repeats uploads by itself, but leaves used-up quotas to its caller
    const retry = { ...retryOf(context), transientMs: 0 };
    const made = await withRetry(() => service.insertLoadJob(spec, file), retry);
    const job = await service.waitForJob(made, timeoutMs);
    return { kind: job.failure ? 'failed' : 'done', job };
  } catch (error) {
    if (!isKind(error, 'duplicate')) throw error;
    return { kind: 'taken', job: await service.waitForJob(spec, timeoutMs) };
  }
}

async function over({ service, timeoutMs }: JobContext, job: JobInfo): Promise<JobInfo> {
  return job.state === 'DONE' ? job : service.waitForJob(job, timeoutMs);
}

/** How calls for one table are repeated, and load jobs made anew. */
export function retryOf({ timeoutMs, stop, log, stream }: JobContext): RetryPolicy {
  return { transientMs: timeoutMs, quotaMs: timeoutMs, stop, onQuota: quotaNotice(log, stream) };
}

/** Times that a job is made anew because somebody else changed the table's columns meanwhile. */
const MOST_SCHEMA_CHANGES = 3;

export interface PieceContext extends JobContext {
  readonly table: TargetTable;
  readonly loads: LoadsLog;
  readonly spooler: Spooler;
  /** Called when a job turns out to be somebody else's, before the table is asked what it holds. */
  readonly taken?: () => Promise<void>;
  /** Path of the file that the rows of the current job are in. */
  readonly spoolPath: string;
}

/** Where the rows of a batch are loaded, and what they are cut from. */
export interface BatchContext extends PieceContext {
  readonly batch: BatchRows;
}

/** What became of rows. */
export interface Tally {
  loaded: number;
  readonly refused: Refused[];
}

/** Rows of one job, in a file. */
export interface Spooled<R extends Row> {
  readonly rows: readonly R[];
  readonly file: SpoolFile;
}

/** What a failed job leaves to be done. */
export type Next = 'again' | 'changed' | 'refused';

/** The steps that loading has in common, whether rows have identity or not. */
export class PieceLoader {
  readonly #context: BatchContext;
  #retry: Retry | undefined;
  #schemaChanges = 0;

  constructor(context: BatchContext) {
    this.#context = context;
  }

  /** Writes rows for a job; those that no job can take are refused at once. */
  async spool<R extends Row>(rows: readonly R[], tally: Tally): Promise<Spooled<R>> {
    const { table, spooler, spoolPath, batch } = this.#context;
    await table.widen();
    const { lines, count } = batch;
    const work = { path: spoolPath, lines, count, numbers: batch.numbersOf(rows) };
    const { file, refused } = await spooler.spool(work, table.planInput);
    if (refused.length === 0) return { file, rows };
    const reasons = new Map(refused);
    for (const [place, reason] of reasons) tally.refused.push({ row: rows[place] as R, reason });
    return { file, rows: rows.filter((_, place) => !reasons.has(place)) };
  }

  /** @param maxBadRecords rows that may be refused without the job failing. */
  async run(id: string, { file }: Spooled<Row>, maxBadRecords: number): Promise<Outcome> {
    const { table } = this.#context;
    const { ref, location, labels, wanted } = table;
    const spec = { id, table: ref, location, labels, fields: wanted, maxBadRecords };
    const outcome = await runJob(this.#context, spec, file);
    if (outcome.kind === 'taken')
      await table.reread(); // its job may have brought columns
    else if (outcome.job.failure === undefined) table.extended();
    return outcome;
  }

  /** Notes a job for `_sdc_loads`. */
  record(
    job: JobInfo,
    rows: readonly Row[],
    counts: { rows: number; rejected: number },
    startedAt: number,
  ): void {
    this.#context.loads.record(loadRecord(this.#context.table, job, rows, counts, startedAt));
  }

  /**
   * Reads why a job failed, and waits where waiting helps.
   * @throws ToolkitError `job_failed` when no further job will do better.
   */
  async afterFailure(job: JobInfo, spooled: Spooled<Row>, isLenient: boolean): Promise<Next> {
    const { table } = this.#context;
    const failure = jobError(job.failure ?? { reason: 'unknown', message: '' });
    const { kind } = failure;
    if (kind === 'invalid') {
      if (badRows(job, spooled.file).size > 0 && !isLenient) return 'refused';
      if (this.#schemaChanges++ < MOST_SCHEMA_CHANGES && (await table.reread())) return 'changed';
      if (!isLenient) return 'refused';
    }
    this.#retry ??= new Retry(retryOf(this.#context)); // its times count from the first failure
    try {
      await this.#retry.wait(failure);
      return 'again';
    } catch {
      throw jobFailed(table.ref, job.id, failure);
    }
  }
}
