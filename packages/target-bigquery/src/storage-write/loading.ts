import type { Batch } from '@tap-webhooks/target-core';
import type { TablePlan } from '../columns/plan.js';
import { REQUEST_BYTES, type RowFormat, rowFormat } from '../encode/cut-rows.js';
import type { Encoder } from '../encode/encoder.js';
import type { TableJobs } from '../jobs/job.js';
import type { Note } from '../table/note.js';
import type { TargetTable } from '../table/table.js';
import type { OwnStream } from './own-stream.js';

/** What loading into one table has in common over all batches. */
export interface Loading {
  readonly jobs: TableJobs;
  readonly note: Note;
  readonly writeStream: OwnStream;
  readonly formats: TableFormats;
  readonly encoder: Encoder;
  /** Inboxes of which this run loaded something by a job since the write stream was opened. */
  readonly begun: Set<string>;
}

/** Loading of one batch. */
export interface BatchLoading extends Loading {
  readonly batch: Batch;
}

/** Opens a write stream. Others may have loaded while none was open: what they still upload has to be shut out again. */
export async function openStream({ writeStream, begun }: Loading): Promise<void> {
  await writeStream.open();
  begun.clear();
}

/** The format of a table's rows, which follows the plan of the table. */
export class TableFormats {
  #last: { readonly plan: TablePlan; readonly format: RowFormat } | undefined;

  of({ plan, encode }: TargetTable): RowFormat {
    if (this.#last?.plan !== plan) this.#last = { plan, format: rowFormat(plan, encode, REQUEST_BYTES) };
    return this.#last.format;
  }
}
