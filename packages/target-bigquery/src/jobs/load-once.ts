import type { Batch, HeldRows } from '@tap-webhooks/target-core';
import type { JobInfo } from '../api/service.js';
import { rowsMissing } from '../errors.js';
import { countHeld, heldRows, type NamedRow } from '../table/fence.js';
import type { Note } from '../table/note.js';
import type { JobFailures, Spooled, TableJobs, Tally } from './job.js';
import { jobId } from './job-id.js';
import { missingPieces } from './order.js';
import { badRows, unnamedReason } from './refused.js';

interface Work {
  readonly rows: readonly NamedRow[];
  /** Position in the job id: that of the first row that is not known to be refused. */
  readonly first: number;
  readonly attempt: number;
  /** True for the second job, after one that named bad rows: rows may then be refused without failing the job. */
  readonly isLenient: boolean;
}

/** What became of rows of one inbox. */
export interface OnceTally extends Tally {
  /** Rows that jobs of this process loaded; the table held the others already. */
  own: number;
}

/** Loads rows of one inbox that the table lacks, each exactly once, no matter what other machines do meanwhile. */
export class LoadOnce {
  readonly #jobs: TableJobs;
  readonly #note: Note;
  readonly #batch: Batch;
  readonly #taken: (() => Promise<void>) | undefined;
  readonly #failures: JobFailures;
  readonly #tally: OnceTally = { loaded: 0, own: 0, refused: [] };
  /** Pieces in position order: one job at a time, each under the id of its own first position. */
  #work: Work[] = [];

  /** @param taken called when a job turns out to belong to another process, before the table is asked what it holds. */
  constructor(jobs: TableJobs, note: Note, batch: Batch, taken?: () => Promise<void>) {
    this.#jobs = jobs;
    this.#note = note;
    this.#batch = batch;
    this.#taken = taken;
    this.#failures = jobs.failures();
  }

  /**
   * @param rows of the batch, by position; the table did not hold them a moment ago.
   * @throws ToolkitError or ServiceError when they cannot be loaded.
   */
  async load(rows: readonly NamedRow[]): Promise<OnceTally> {
    this.#work = [workOf(rows)];
    for (let work = this.#work.shift(); work; work = this.#work.shift()) await this.#piece(work);
    return this.#tally;
  }

  async #piece(work: Work): Promise<void> {
    const startedAt = Date.now();
    const spooled = await this.#jobs.spool(this.#batch, work.rows, this.#tally);
    if (spooled.left.length > 0) this.#next({ ...workOf(spooled.left), isLenient: work.isLenient });
    const [row] = spooled.rows;
    if (row === undefined) return;
    const { inbox } = row.identity;
    // a refused row has no job of its own: a run that started after it used the id of the next row
    const from = row === work.rows[0] ? work : workOf(spooled.rows);
    const id = jobId(this.#jobs.table, inbox, from.first, from.attempt);
    const { kind, job } = await this.#jobs.run(id, spooled, work.isLenient ? spooled.rows.length : 0);
    const done = { ...work, first: from.first, attempt: from.attempt, rows: spooled.rows };
    if (kind === 'done') return this.#count(done, spooled, job, startedAt);
    if (kind === 'failed') return this.#failed(done, spooled, job);
    this.#note.doubt(inbox);
    if (job.failure) return this.#next({ ...done, attempt: done.attempt + 1 });
    await this.#taken?.();
    await this.#askAgain(done);
  }

  /** Puts work before the remaining work. */
  #next(...work: Work[]): void {
    this.#work.unshift(...work);
  }

  /** A job of this id is done. Only the table knows whose rows it loaded, and whether they are still there. */
  async #askAgain(work: Work): Promise<void> {
    const held = await this.#held(work.rows);
    this.#tally.loaded += countHeld(work.rows, held);
    const pieces = missingPieces(work.rows, held).map((rows) => ({
      ...(rows[0] === work.rows[0] ? { ...work, attempt: work.attempt + 1 } : workOf(rows)),
      rows,
      isLenient: work.isLenient,
    }));
    this.#next(...pieces);
  }

  async #failed(work: Work, spooled: Spooled<NamedRow>, job: JobInfo): Promise<void> {
    const what = await this.#failures.after(job, spooled, work.isLenient);
    if (what !== 'refused') return this.#next({ ...work, attempt: work.attempt + 1 });
    const bad = badRows(job, spooled.file);
    const rows = spooled.rows.filter((row, index) => {
      const reason = bad.get(index);
      if (reason !== undefined) this.#tally.refused.push({ row, reason });
      return reason === undefined;
    });
    if (rows.length === 0) return;
    const next = rows[0] === work.rows[0] ? { ...work, attempt: work.attempt + 1 } : workOf(rows);
    this.#next({ ...next, rows, isLenient: true });
  }

  async #count(work: Work, spooled: Spooled<NamedRow>, job: JobInfo, startedAt: number): Promise<void> {
    const sent = spooled.rows.length;
    const said = job.outputRows ?? sent;
    const loaded = said === sent ? sent : await this.#countInTable(work, spooled, job, said);
    this.#tally.loaded += loaded;
    this.#tally.own += loaded;
    this.#jobs.record(
      job,
      spooled.rows,
      { rows: loaded, rejected: sent - loaded, diverted: spooled.diverted },
      startedAt,
    );
  }

  /**
   * Asks the table which rows a job loaded, when the job names another number of rows than were sent: it left some out and lists
   * only some of those, or it counts differently (an emulator does).
   */
  async #countInTable(
    { isLenient }: Work,
    { rows, file }: Spooled<NamedRow>,
    job: JobInfo,
    said: number,
  ): Promise<number> {
    const held = await this.#held(rows);
    const found = countHeld(rows, held);
    const isAnswered = isLenient && (said > rows.length || said === found);
    if (found < rows.length && !isAnswered)
      throw rowsMissing(this.#jobs.table.ref, job.id, rows.length, found);
    const bad = badRows(job, file);
    for (const [index, row] of rows.entries()) {
      if (held.has(row.identity)) continue;
      this.#tally.refused.push({ row, reason: bad.get(index) ?? unnamedReason(job) });
    }
    return found;
  }

  #held(rows: readonly NamedRow[]): Promise<HeldRows> {
    return heldRows(this.#jobs.table, this.#jobs.log, rows);
  }
}

function workOf(rows: readonly NamedRow[]): Work {
  return { rows, first: (rows[0] as NamedRow).identity.position, attempt: 0, isLenient: false };
}
