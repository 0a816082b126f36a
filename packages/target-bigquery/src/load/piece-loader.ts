import type { Row } from '@tap-webhooks/target-core';
import { jobFailed } from '../errors.js';
import { backOff, kindOfJobFailure, QUICK, SLOW } from '../service/retry.js';
import type { JobInfo } from '../service/service.js';
import { ServiceError } from '../service/service-error.js';
import type { BatchRows } from './batch-rows.js';
import { loadRecord } from './load-report.js';
import type { LoadsLog } from './loads-log.js';
import type { Refused } from './refused.js';
import { badRows } from './refused.js';
import { type JobContext, type Outcome, runJob, sayQuota } from './run-job.js';
import type { SpoolFile } from './spool.js';
import type { Spooler } from './spooler.js';
import type { TargetTable } from './target-table.js';

/** Times that a job is made again though the run is to end. */
const MOST_AFTER_STOP = 3;
/** Times that a job is made again because somebody else changed the table's columns meanwhile. */
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
  #giveUpAt: number | undefined;
  #failures = 0;
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
    const { reason = 'unknown', message = '' } = job.failure ?? {};
    const kind = kindOfJobFailure(reason);
    this.#giveUpAt ??= Date.now() + this.#context.timeoutMs;
    const { stop } = this.#context;
    const isLate = Date.now() > this.#giveUpAt || (stop.aborted && this.#failures > MOST_AFTER_STOP);
    if (kind === 'transient' && !isLate) {
      await backOff(this.#failures++, QUICK, stop);
      return 'again';
    }
    if (kind === 'quota' && !isLate && !stop.aborted) {
      sayQuota(this.#context);
      await backOff(this.#failures++, SLOW, stop);
      return 'again';
    }
    if (kind === 'invalid') {
      if (badRows(job, spooled.file).size > 0 && !isLenient) return 'refused';
      if (this.#schemaChanges++ < MOST_SCHEMA_CHANGES && (await table.reread())) return 'changed';
      if (!isLenient) return 'refused';
    }
    throw jobFailed(table.ref, job.id, new ServiceError(kind, 200, reason, message));
  }
}
