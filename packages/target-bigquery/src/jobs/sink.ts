import { within } from '@tap-webhooks/singer';
import type { Batch, LoadResult, Sink, TableDefinition } from '@tap-webhooks/target-core';
import type { TableInfo } from '../api/service.js';
import { tableFailed } from '../errors.js';
import { heldUnlessNew, type NamedRow } from '../table/fence.js';
import type { Note } from '../table/note.js';
import type { TableJobs, Tally } from './job.js';
import { LoadOnce } from './load-once.js';
import { loadOthers } from './load-others.js';
import { type InboxRows, missingPieces, writeOrder } from './order.js';

/** What the note is worth waiting for: no state is printed meanwhile. */
const NOTE_MS = 2_000;

/** Loads batches by load jobs, one at a time. */
export class BatchJobSink implements Sink {
  readonly #jobs: TableJobs;
  readonly #note: Note;
  readonly #taken: (() => Promise<void>) | undefined;
  /** Rows that the table has when nobody else loads into it. */
  #expectedRows: bigint;

  /** @param taken called when a job turns out to belong to another process, before the table is asked what it holds. */
  constructor(jobs: TableJobs, note: Note, taken?: () => Promise<void>) {
    this.#jobs = jobs;
    this.#note = note;
    this.#taken = taken;
    this.#expectedRows = BigInt(jobs.table.numRows);
  }

  async load(batch: Batch): Promise<LoadResult> {
    try {
      const { inboxes, others, duplicates } = writeOrder(batch.rows);
      const total = { loaded: 0, skipped: duplicates, refused: [] as Tally['refused'] };
      for (const own of inboxes) {
        const { loaded, refused } = await this.#inbox(own, batch);
        total.loaded += loaded;
        total.refused.push(...refused);
        total.skipped += own.rows.length - loaded - refused.length;
      }
      const tally = await loadOthers(this.#jobs, batch, others);
      total.loaded += tally.loaded;
      total.refused.push(...tally.refused);
      this.#expectedRows += BigInt(total.loaded);
      if (total.loaded > 0) await this.#saveNote();
      return { ...total, ...this.#jobs.diverted.take() };
    } catch (cause) {
      throw tableFailed(this.#jobs.table.ref, 'loaded', cause);
    }
  }

  async alter(definition: TableDefinition): Promise<void> {
    this.#jobs.table.alter(definition);
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }

  async #inbox({ inbox, rows }: InboxRows, batch: Batch): Promise<Tally> {
    const { held } = await heldUnlessNew(this.#jobs, this.#note, inbox, rows);
    const tally: Tally = { loaded: 0, refused: [] };
    for (const piece of missingPieces(rows, held)) {
      const { loaded, refused } = await new LoadOnce(this.#jobs, this.#note, batch, this.#taken).load(piece);
      tally.loaded += loaded;
      tally.refused.push(...refused);
    }
    // unless somebody else turned out to load it too, the table holds nothing after these rows
    if (this.#note.through(inbox) !== undefined)
      this.#note.learn(inbox, (rows.at(-1) as NamedRow).identity.position);
    return tally;
  }

  /**
   * A note that cannot be kept costs a question to the table, and nothing else. None is kept when others load into the table
   * too: the note would speak for their rows.
   */
  async #saveNote(): Promise<void> {
    const { table, log } = this.#jobs;
    try {
      const now = await within(table.service.getTable(table.ref), NOTE_MS);
      if (now === undefined) return;
      if (now.creationTime !== table.creationTime) return this.#recreated(now);
      if (BigInt(now.numRows) === this.#expectedRows) await this.#note.save(now);
    } catch {
      log.debug('what is loaded could not be noted');
    }
  }

  /** Somebody dropped the table and created it again: what was known of the old one says nothing of it. */
  #recreated(now: TableInfo): void {
    this.#note.doubtAll(now);
    this.#expectedRows = BigInt(now.numRows);
    this.#jobs.table.adopt(now);
  }
}
