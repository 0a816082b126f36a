import type { Row } from '@tap-webhooks/target-core';
import { streamLost, streamTaken } from '../errors.js';
import type { BatchContext, Tally } from '../jobs/job.js';
import { LoadOnce } from '../jobs/load-once.js';
import { BatchRows, type InboxRows, missingPieces } from '../jobs/order.js';
import { heldUnlessNew, type NamedRow } from '../table/fence.js';
import { appendRows } from './append-others.js';
import { AppendStopped } from './appender.js';
import { type BatchLoading, openStream } from './loading.js';

/** Streams that one batch may lose. */
const MOST_STOPS = 5;

/** Rows that go by a job at the beginning. */
const FEW_ROWS = 500;

/**
 * Loads rows of one inbox that the table lacks, each exactly once.
 *
 * The first few of an inbox that come behind everything which the table holds go by a load job, under the id that an earlier
 * run would have given them: an upload of that run which still comes in collides with it, and none of its rows come in
 * behind. All that follows is appended, but for new columns, which come with a load job, and rows that no request can hold.
 */
export class AppendOnce {
  readonly #loading: BatchLoading;
  readonly #inbox: string;
  readonly #rows: readonly NamedRow[];
  readonly #refused: Tally['refused'] = [];
  /** Highest position that the table was found to hold. */
  #highest = Number.NEGATIVE_INFINITY;
  /** The streams of others were ended just now. */
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
      if (stops > MOST_STOPS) throw streamLost(this.#loading.context.table.ref);
      await this.#clear();
      const held = await this.#held();
      skipped ??= this.#rows.filter(({ identity }) => held.has(identity.position)).length;
      isDone = await this.#missing(held);
    }
    if (note.through(this.#inbox) !== undefined) note.learn(this.#inbox, this.#lastPosition);
    return { loaded: this.#rows.length - (skipped ?? 0) - this.#refused.length, refused: this.#refused };
  }

  /** A job turned out to be somebody else's, who may append too. */
  async #taken(): Promise<void> {
    const { stream, context } = this.#loading;
    if (!stream.isOpen) await stream.clear();
    else if (!(await stream.isOwned())) throw streamTaken(context.table.ref);
  }

  get #lastPosition(): number {
    return (this.#rows.at(-1) as NamedRow).identity.position;
  }

  /** Sees to it that nobody else appends. */
  async #clear(): Promise<void> {
    const { note, stream, begun } = this.#loading;
    this.#isOwned = false;
    // what others may have loaded before their streams were ended, only the table knows
    if (!begun.has(this.#inbox) || !stream.isOpen) note.doubt(this.#inbox);
    if (stream.isOpen) return;
    if (this.#isAllByJob) await stream.clear();
    else await openStream(this.#loading);
    this.#isOwned = true;
  }

  /** Nothing is to be appended: a stream, and the two jobs that record it, would be made for nothing. */
  get #isAllByJob(): boolean {
    return this.#needsJob || (!this.#loading.begun.has(this.#inbox) && this.#rows.length <= FEW_ROWS);
  }

  /** The fence: asked for rows that nothing proves to be new. */
  async #held(): Promise<ReadonlySet<number>> {
    const { note, context } = this.#loading;
    const { positions, behind } = await heldUnlessNew(context, note, this.#inbox, this.#rows, 0);
    this.#highest = Math.max(this.#highest, behind ?? Number.NEGATIVE_INFINITY);
    for (const position of positions) this.#highest = Math.max(this.#highest, position);
    return positions;
  }

  /** @returns false when the table has to be asked again. */
  async #missing(held: ReadonlySet<number>): Promise<boolean> {
    const isRefused = new Set<Row>(this.#refused.map(({ row }) => row));
    const rows = this.#rows.filter((row) => !isRefused.has(row));
    try {
      if (this.#needsJob) await this.#byJob(rows, held);
      else await this.#byStream(await this.#begin(rows, held), held);
      return true;
    } catch (error) {
      if (!(error instanceof AppendStopped)) throw error;
      this.#isSchemaLate ||= error.reason === 'schema';
      const { stream, note, context } = this.#loading;
      if (error.reason === 'finalized' && !(await stream.isEndedByItself()))
        throw streamTaken(context.table.ref);
      if (error.isUnknown) await stream.close();
      note.doubt(this.#inbox);
      return false;
    }
  }

  get #needsJob(): boolean {
    const { added, widened } = this.#loading.context.table.plan;
    return this.#isSchemaLate || added.length > 0 || widened.length > 0;
  }

  /** Loads the first rows by jobs, until uploads of earlier runs are shut out. @returns the rows behind them. */
  async #begin(rows: readonly NamedRow[], held: ReadonlySet<number>): Promise<readonly NamedRow[]> {
    let at = 0;
    for (; at < rows.length && !this.#loading.begun.has(this.#inbox); at += FEW_ROWS) {
      await this.#byJob(rows.slice(at, at + FEW_ROWS), held, true);
    }
    return rows.slice(at);
  }

  async #byStream(rows: readonly NamedRow[], held: ReadonlySet<number>): Promise<void> {
    const missing = rows.filter(({ identity }) => !held.has(identity.position));
    const tally: Tally = { loaded: 0, refused: this.#refused };
    await appendRows(this.#loading, missing, tally, (large) => this.#byJob(large as NamedRow[], held, true));
  }

  /** @param isPart they are few of the batch: the others are not handed on with them. */
  async #byJob(rows: readonly NamedRow[], held: ReadonlySet<number>, isPart = false): Promise<void> {
    const pieces = missingPieces(rows, held);
    if (pieces.length === 0) return;
    const { note, stream, begun } = this.#loading;
    const whole = { ...this.#loading.context, taken: () => this.#taken() };
    const context = isPart ? partOf(whole, rows) : whole;
    if (!this.#isOwned && !(await stream.isOwned())) throw streamTaken(context.table.ref);
    for (const piece of pieces) {
      const { own, refused } = await new LoadOnce(context, note).load(piece);
      const isAhead = (piece[0] as NamedRow).identity.position > this.#highest;
      if (own > 0 && isAhead) begun.add(this.#inbox);
      this.#refused.push(...refused);
    }
    // a job of an earlier run may hold more rows than these
    if (isPart && note.through(this.#inbox) === undefined) throw new AppendStopped('taken', false, []);
  }
}

function partOf(context: BatchContext, rows: readonly Row[]): BatchContext {
  const lines = Buffer.from(rows.map(({ text }) => `${text}\n`).join(''));
  return { ...context, batch: new BatchRows({ rows, lines }) };
}
