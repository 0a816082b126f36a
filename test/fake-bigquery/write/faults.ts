/**
 * What becomes of one append, beside `none`:
 * - `cut`: the connection ends before anything is written
 * - `lost`: the rows are written, and the connection ends before the answer
 * - `hang`: nothing is written, and no answer comes
 * - `internal`: an answer with error INTERNAL, nothing written
 * - `exhausted`: an answer with error RESOURCE_EXHAUSTED, nothing written
 * - `gap`: an answer with error OUT_OF_RANGE though the offset is right, nothing written
 */
export type AppendFault = 'none' | 'cut' | 'lost' | 'hang' | 'internal' | 'exhausted' | 'gap';

export interface AppendEvent {
  /** Of all appends since the server began, from 1. */
  readonly number: number;
  readonly stage: 'arrived' | 'committed';
  readonly stream: string;
  /** Undefined when the request gives none. */
  readonly offset: number | undefined;
  readonly rows: number;
}

export type CallName =
  | 'CreateWriteStream'
  | 'GetWriteStream'
  | 'FinalizeWriteStream'
  | 'BatchCommitWriteStreams'
  | 'FlushRows';

/** Faults that a test asks for. Each list is used up from its beginning; an empty one means no fault. */
export class WriteFaults {
  readonly appends: AppendFault[] = [];
  /** gRPC codes that the next calls fail with, by method; 0 lets one through. */
  readonly calls: { [name in CallName]?: number[] } = {};
  /** Awaited at each stage of each append: a test may hold it up, or kill the writer. */
  onAppend: ((event: AppendEvent) => void | Promise<void>) | undefined;
  /** Rows that the service finds bad, by their columns: returns what it says of them. */
  refuseRow: ((row: { readonly [column: string]: unknown }) => string | undefined) | undefined;
  /** The Write API goes on to see the columns that tables have now (reference: "on the order of minutes"). */
  isSchemaLate = false;
}
