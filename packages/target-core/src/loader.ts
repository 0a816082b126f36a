import type { JsonSchema, RowIdentity } from '@tap-webhooks/singer';

/** A table to load into: what a SCHEMA message says, with the stream's name split as SQL targets split it. */
export interface TableDefinition {
  /** The stream's name as the tap wrote it. */
  readonly stream: string;
  /** `a-b` → `a`; `a-b-c` → `b` (database first); no hyphen → undefined: the configured dataset or folder. */
  readonly schemaName: string | undefined;
  /** Last part of the stream's name. */
  readonly tableName: string;
  /** JSON Schema of a row as it is loaded: system columns included, and every field among its `properties`. */
  readonly schema: JsonSchema;
  readonly keyProperties: readonly string[];
  /**
   * True when the stream is marked: each row is named by inbox, position and sequence, and loading one that the table already
   * holds must do nothing. False: rows are loaded as often as they come.
   */
  readonly hasIdentity: boolean;
}

/** One row, ready to load. */
export interface Row {
  /**
   * JSON text of the whole row, system columns included, on one line. What the tap sent is in it digit for digit. In a batch
   * of the runtime each read creates a new string.
   */
  readonly text: string;
  /** Undefined in streams that are not marked. */
  readonly identity: RowIdentity | undefined;
}

/** A row of a batch. */
export interface BatchRow extends Row {
  /** Index in `Batch.rows`. */
  readonly index: number;
}

export interface Batch {
  readonly rows: readonly BatchRow[];
  /** Bytes of all row texts in UTF-8, without line ends. */
  readonly bytes: number;
  /** The texts of all rows in UTF-8, each with a line feed: for a destination that takes the batch as it is. */
  readonly lines: Uint8Array;
  /**
   * Where each row begins in `lines`, and at the end the length of `lines`. So the row at `index` is
   * `lines.subarray(starts[index], starts[index + 1] - 1)`; see `linesOf` for the lines of some rows.
   */
  readonly starts: Uint32Array;
}

/** What became of the rows of a batch. */
export interface LoadResult {
  /** Rows that are durable now and were not before. */
  readonly loaded: number;
  /** Rows that the table already held (redelivery). */
  readonly skipped: number;
  /**
   * Values in the loaded rows that the column of their field does not hold, so that they are in another one; absent when there
   * are none.
   */
  readonly diverted?: number;
  /** Rows that the destination refused, with the reason: the runtime puts them into `_sdc_rejected`. */
  readonly refused: ReadonlyArray<{ readonly row: Row; readonly reason: string }>;
}

/**
 * One open table. The runtime calls `load` with one batch at a time, in the order in which the rows came, and awaits it before
 * the next one. It reads further input meanwhile.
 */
export interface Sink {
  /**
   * Resolves when every row is durable (it survives a power cut) or known to be there already: the runtime may print the
   * STATE that follows them at once. Rows of a marked stream are loaded once, whichever run loaded them before. Transient
   * failures are retried inside. A rejection means that this table failed for good: it is parked, and `load` is not called
   * again.
   *
   * The batch can be read until this settles; its refused rows longer.
   * @throws ToolkitError with exit code 3 and a sentence that names the table and the fix.
   */
  load(batch: Batch): Promise<LoadResult>;
  /**
   * The table's schema changed. Called between loads; what only adds columns must not force anything to be written. Rows that fit an
   * earlier schema may still come after it when rows of both were loaded before.
   */
  alter(table: TableDefinition): Promise<void>;
  /** Called once, after the last load or when parked. */
  close(): Promise<void>;
}

/** A destination: all that the runtime knows about it. */
export interface Loader {
  /** Names of tables that the loader itself keeps: no stream may load into them. `_sdc_rejected` need not be named. */
  readonly reserved?: readonly string[];
  /**
   * True once the whole destination cannot be written for longer than it is waited for, such as a disk that stays full. What fails
   * from then on ends the run in place of parking one table, so that a supervisor starts all of them again.
   */
  readonly isUnavailable?: boolean;
  /**
   * Opens a table, creating it when it is absent, and takes the lock that keeps a second process out.
   * @throws ToolkitError with exit code 4 when another process loads into it, 3 when it cannot be opened: it is parked then.
   */
  open(table: TableDefinition): Promise<Sink>;
  /** Called once, after all sinks are closed. */
  close(): Promise<void>;
}
