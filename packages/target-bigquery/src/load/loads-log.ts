import type { TableRef } from '../service/service.js';

/** What became of rows that were loaded together: a row of `_sdc_loads`. */
export interface LoadRecord {
  /** Id of the load job, or name of the write stream. */
  readonly job: string;
  readonly stream: string;
  readonly table: TableRef;
  /** Rows that the load added. */
  readonly rows: number;
  /** Rows that the destination refused. */
  readonly rejected: number;
  /** Undefined for rows without identity. */
  readonly inbox: string | undefined;
  readonly firstPosition: number | undefined;
  readonly lastPosition: number | undefined;
  /** Lowest and highest `_sdc_sequence` of the rows, as decimal text; undefined where they have none. */
  readonly firstSequence: string | undefined;
  readonly lastSequence: string | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Keeps what was loaded, beside the tables. Never fails a load, and never holds one up. */
export interface LoadsLog {
  record(load: LoadRecord): void;
  /** Writes what has collected; resolves whatever became of it. */
  flush(): Promise<void>;
}
