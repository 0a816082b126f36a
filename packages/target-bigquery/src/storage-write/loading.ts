import type { BatchContext, PieceContext } from '../jobs/job.js';
import type { Note } from '../table/note.js';
import type { OwnStream } from './own-stream.js';
import type { TableFormats } from './requests.js';
import type { RowCutter } from './row-cutter.js';

/** What loading into one table has in common over all batches. */
export interface Loading {
  readonly context: PieceContext;
  readonly note: Note;
  readonly stream: OwnStream;
  readonly formats: TableFormats;
  readonly cutter: RowCutter;
  /** Inboxes of which this run loaded something by a job since the stream was opened. */
  readonly begun: Set<string>;
}

/** Loading of one batch. */
export interface BatchLoading extends Loading {
  readonly context: BatchContext;
}

/** Others may have come and gone while no stream was open: what they still upload has to be shut out anew. */
export async function openStream({ stream, begun }: Loading): Promise<void> {
  await stream.open();
  begun.clear();
}
