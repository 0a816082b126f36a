import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, LoadResult, Sink, TableDefinition } from '@tap-webhooks/target-core';
import type { TableInfo } from '../api/service.js';
import { tableFailed } from '../errors.js';
import { heldUnlessNew, type NamedRow } from '../table/fence.js';
import type { Note } from '../table/note.js';
import type { BatchContext, PieceContext, Tally } from './job.js';
import { LoadOnce } from './load-once.js';
import { loadOthers } from './load-others.js';
import { BatchRows, type InboxRows, missingPieces, writeOrder } from './order.js';
import { removeSpool } from './spool.js';

/** What the note is worth waiting for: no state is printed meanwhile. */
const NOTE_MS = 2_000;

/** Loads batches by load jobs, one at a time. */
export class BatchJobSink implements Sink {
  readonly #context: PieceContext;
  readonly #note: Note;
  /** Rows that the table has when nobody else loads into it. */
  #expectedRows: bigint;

  constructor(context: PieceContext, note: Note) {
    this.#context = context;
    this.#note = note;
    this.#expectedRows = BigInt(context.table.numRows);
  }

  async load(batch: Batch): Promise<LoadResult> {
    const context = { ...this.#context, batch: new BatchRows(batch) };
    try {
      const { inboxes, others, duplicates } = writeOrder(batch.rows);
      const total = { loaded: 0, skipped: duplicates, refused: [] as Tally['refused'] };
      for (const own of inboxes) {
        const { loaded, refused } = await this.#inbox(own, context);
        total.loaded += loaded;
        total.refused.push(...refused);
        total.skipped += own.rows.length - loaded - refused.length;
      }
      const tally = await loadOthers(context, others);
      total.loaded += tally.loaded;
      total.refused.push(...tally.refused);
      this.#expectedRows += BigInt(total.loaded);
      if (total.loaded > 0) await this.#saveNote();
      return total;
    } catch (cause) {
      throw tableFailed(this.#context.table.ref, 'loaded', cause);
    }
  }

  async alter(definition: TableDefinition): Promise<void> {
    this.#context.table.alter(definition);
  }

  async close(): Promise<void> {
    await removeSpool(this.#context.spoolPath);
  }

  async #inbox({ inbox, rows }: InboxRows, context: BatchContext): Promise<Tally> {
    const { positions: held } = await heldUnlessNew(this.#context, this.#note, inbox, rows);
    const tally: Tally = { loaded: 0, refused: [] };
    for (const piece of missingPieces(rows, held)) {
      const { loaded, refused } = await new LoadOnce(context, this.#note).load(piece);
      tally.loaded += loaded;
      tally.refused.push(...refused);
    }
    // unless somebody else turned out to load it too, the table holds nothing past these rows
    if (this.#note.through(inbox) !== undefined)
      this.#note.learn(inbox, (rows.at(-1) as NamedRow).identity.position);
    return tally;
  }

  /**
   * A note that cannot be kept costs a question to the table, and nothing else. None is kept when others load into the table
   * too: the note would speak for their rows.
   */
  async #saveNote(): Promise<void> {
    const { service, table, log, stream } = this.#context;
    try {
      const now = await Promise.race([
        service.getTable(table.ref),
        sleep(NOTE_MS, undefined, { ref: false }),
      ]);
      if (now === undefined) return;
      if (now.creationTime !== table.creationTime) return this.#madeAnew(now);
      if (BigInt(now.numRows) === this.#expectedRows) this.#note.save(now);
    } catch {
      log.debug({ stream }, 'what is loaded could not be noted');
    }
  }

  /** Somebody dropped the table and made it anew: what was known of the old one says nothing of it. */
  #madeAnew(now: TableInfo): void {
    this.#note.doubtAll(now);
    this.#expectedRows = BigInt(now.numRows);
    this.#context.table.adopt(now);
  }
}
