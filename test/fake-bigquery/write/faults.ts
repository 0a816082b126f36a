/**
 * What happens to one append, apart from `none`:
 * - `cut`: the connection ends before anything is written
 * - `lost`: the rows are written, and the connection ends before the answer
 * - `hang`: nothing is written, and no answer comes
 * - `internal`: an answer with error INTERNAL, nothing written
 * - `exhausted`: an answer with error RESOURCE_EXHAUSTED, nothing written
 * - `gap`: an answer with error OUT_OF_RANGE though the offset is right, nothing written
 */
export type AppendFault = 'none' | 'cut' | 'lost' | 'hang' | 'internal' | 'exhausted' | 'gap';

export interface AppendEvent {
  /** Number of the append since the server started, from 1. */
  readonly number: number;
  readonly stage: 'arrived' | 'committed';
  readonly stream: string;
  /** Offset; undefined when the request gives none. */
  readonly offset: number | undefined;
  readonly rows: number;
}

export type CallName =
  | 'CreateWriteStream'
  | 'GetWriteStream'
  | 'FinalizeWriteStream'
  | 'BatchCommitWriteStreams'
  | 'FlushRows';

/** Faults that a test asks for. Each list is used up from its start; an empty list means no fault. */
export class WriteFaults {
  readonly appends: AppendFault[] = [];
  /** gRPC codes with which the next calls fail, by method; 0 lets a call through. */
  readonly calls: { [name in CallName]?: number[] } = {};
  /** Awaited at each stage of each append, so that a test can delay it or kill the writer. */
  onAppend: ((event: AppendEvent) => void | Promise<void>) | undefined;
  /** Returns what the service says of a row that it finds bad, by its columns. */
  refuseRow: ((row: { readonly [column: string]: unknown }) => string | undefined) | undefined;
  /** True when the Write API keeps seeing the columns that tables have now (reference: "on the order of minutes"). */
  isSchemaLate = false;
}
