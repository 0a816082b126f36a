import { type Batch, type Loader, type Row, RowBytes, type TableDefinition } from '@tap-webhooks/target-core';

/** A separate destination for one test. */
export interface Destination {
  /** Returns a new loader for it, as another run of the target would have. */
  open(): Promise<Loader>;
  /** Returns the rows that a reader finds in the table now, as JSON texts, in order where the destination keeps one. */
  rowsOf(table: TableDefinition): Promise<string[]>;
  /**
   * Takes a backup of the tables; no loader is open.
   * @returns puts the tables back as they were then. What the target keeps elsewhere stays as it is.
   */
  backUp(): Promise<() => Promise<void>>;
}

export interface LoaderUnderTest {
  readonly name: string;
  /**
   * Spells a row for comparison, where a destination keeps values and not their spelling. By default every character of its
   * text counts.
   */
  readonly spelling?: (rowText: string) => string;
  /** Returns a new, empty destination. It may use `onTestFinished` to remove it. */
  destination(): Promise<Destination>;
}

/** The rows as a batch. */
export function batchOf(rows: readonly Row[]): Batch {
  const batch = new RowBytes();
  for (const row of rows) batch.add(row);
  return batch;
}
