import type { HeldRows, Row } from '@tap-webhooks/target-core';
import { streamLost, streamTaken } from '../errors.js';
import type { Tally } from '../jobs/job.js';
import { LoadOnce } from '../jobs/load-once.js';
import { type InboxRows, missingPieces } from '../jobs/order.js';
import { countHeld, heldUnlessNew, type NamedRow } from '../table/fence.js';
import { appendRows } from './append-others.js';
import { AppendStopped } from './appender.js';
import { type BatchLoading, openStream } from './loading.js';

/** Write streams that one batch may lose. */
const MOST_STOPS = 5;

/** Rows that are loaded by a job at the beginning. */
const FEW_ROWS = 500;

/**
 * Loads rows of one inbox that the table lacks, each exactly once.
 *
 * The first few rows of an inbox after everything that the table holds are loaded by a job, under the id that an earlier run
 * would have given them: an upload of that run which is still on its way collides with this job, so none of its rows arrive
 * later. All other rows are appended, except with new columns, which come with a load job, and rows too large for a request.
 */
export class AppendOnce {
  readonly #loading: BatchLoading;
  readonly #inbox: string;
  readonly #rows: readonly NamedRow[];
  readonly #refused: Tally['refused'] = [];
  /** Highest position that the table was found to hold, whatever event is there. */
  #highest = Number.NEGATIVE_INFINITY;
  /** The write streams of others were ended just now. */
  #isOwned = false;
  /** The service does not know the table's columns yet. */
  #isSchemaLate = false;

  constructor(loading: BatchLoading, { inbox, rows }: InboxRows) {
    this.#loading = loading;
    this.#inbox = inbox;
    this.#rows = rows;
  }

  /** @throws ToolkitError or ServiceError when they cannot be loaded. */
  async load(): Promise<Tally> {
    const { note } = this.#loading;
    let skipped: number | undefined;
    for (let stops = 0, isDone = false; !isDone; stops += 1) {
      if (stops > MOST_STOPS) throw streamLost(this.#loading.jobs.table.ref);
      await this.#clear();
      const held = await this.#held();
      skipped ??= countHeld(this.#rows, held);
      isDone = await this.#missing(held);
    }
    if (note.through(this.#inbox) !== undefined) note.learn(this.#inbox, this.#lastPosition);
    return { loaded: this.#rows.length - (skipped ?? 0) - this.#refused.length, refused: this.#refused };
  }

  /** Handles a job that turned out to belong to another process, which may append too. */
  async #taken(): Promise<void> {
    const { jobs, writeStream } = this.#loading;
    if (!writeStream.isOpen) await writeStream.clear();
    else if (!(await writeStream.isOwned())) throw streamTaken(jobs.table.ref);
  }

  get #lastPosition(): number {
    return (this.#rows.at(-1) as NamedRow).identity.position;
  }

  /** Makes this process the only one that appends. */
  async #clear(): Promise<void> {
    const { note, writeStream, begun } = this.#loading;
    this.#isOwned = false;
    // only the table knows what others loaded before their write streams were ended
    if (!begun.has(this.#inbox) || !writeStream.isOpen) note.doubt(this.#inbox);
    if (writeStream.isOpen) return;
    if (this.#isAllByJob) await writeStream.clear();
    else await openStream(this.#loading);
    this.#isOwned = true;
  }

  /** Nothing is to be appended: a write stream, and the two jobs that record it, would be of no use. */
  get #isAllByJob(): boolean {
    return this.#needsJob || (!this.#loading.begun.has(this.#inbox) && this.#rows.length <= FEW_ROWS);
  }

  /** The fence: asked for rows that nothing proves to be new. */
  async #held(): Promise<HeldRows> {
    const { note, jobs } = this.#loading;
    const { held, after } = await heldUnlessNew(jobs, note, this.#inbox, this.#rows, 0);
    this.#highest = Math.max(this.#highest, after ?? Number.NEGATIVE_INFINITY);
    for (const position of held.positions) this.#highest = Math.max(this.#highest, position);
    return held;
  }

  /** @returns false when the table has to be asked again. */
  async #missing(held: HeldRows): Promise<boolean> {
    const isRefused = new Set<Row>(this.#refused.map(({ row }) => row));
    const rows = this.#rows.filter((row) => !isRefused.has(row));
    try {
      if (this.#needsJob) await this.#byJob(rows, held);
      else await this.#byStream(await this.#begin(rows, held), held);
      return true;
    } catch (error) {
      if (!(error instanceof AppendStopped)) throw error;
      this.#isSchemaLate ||= error.reason === 'schema';
      const { writeStream, note, jobs } = this.#loading;
      if (error.reason === 'finalized' && !(await writeStream.isEndedByItself()))
        throw streamTaken(jobs.table.ref);
      if (error.isUnknown) await writeStream.close();
      note.doubt(this.#inbox);
      return false;
    }
  }

  get #needsJob(): boolean {
    const { added, widened } = this.#loading.jobs.table.plan;
    return this.#isSchemaLate || added.length > 0 || widened.length > 0;
  }

  /** Loads the first rows by jobs, until uploads of earlier runs are shut out. @returns the rows after them. */
  async #begin(rows: readonly NamedRow[], held: HeldRows): Promise<readonly NamedRow[]> {
    let at = 0;
    for (; at < rows.length && !this.#loading.begun.has(this.#inbox); at += FEW_ROWS) {
      await this.#byJob(rows.slice(at, at + FEW_ROWS), held, true);
    }
    return rows.slice(at);
  }

  async #byStream(rows: readonly NamedRow[], held: HeldRows): Promise<void> {
    const missing = rows.filter(({ identity }) => !held.has(identity));
    const tally: Tally = { loaded: 0, refused: this.#refused };
    await appendRows(this.#loading, missing, tally, (large) => this.#byJob(large as NamedRow[], held, true));
  }

  /** @param isPart the rows are not all that is to be loaded. */
  async #byJob(rows: readonly NamedRow[], held: HeldRows, isPart = false): Promise<void> {
    const pieces = missingPieces(rows, held);
    if (pieces.length === 0) return;
    const { jobs, note, batch, writeStream, begun } = this.#loading;
    if (!this.#isOwned && !(await writeStream.isOwned())) throw streamTaken(jobs.table.ref);
    for (const piece of pieces) {
      const { own, refused } = await new LoadOnce(jobs, note, batch, () => this.#taken()).load(piece);
      const isAhead = (piece[0] as NamedRow).identity.position > this.#highest;
      if (own > 0 && isAhead) begun.add(this.#inbox);
      this.#refused.push(...refused);
    }
    // a job of an earlier run may hold more rows than these
    if (isPart && note.through(this.#inbox) === undefined) throw new AppendStopped('taken', false, []);
  }
}
