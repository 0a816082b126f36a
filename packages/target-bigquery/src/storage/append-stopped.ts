import type { Row } from '@tap-webhooks/target-core';

/**
 * Why appending ended early; rows that were not acknowledged are not in the stream, or unknown.
 * - `schema`: the service does not know a column of the table yet
 * - `gone`: the stream is not there any more, or lacks rows that it acknowledged
 * - `finalized`: somebody ended the stream
 * - `taken`: a load job turned out to be somebody else's, and may have brought any of the rows
 */
export type StopReason = 'schema' | 'gone' | 'finalized' | 'taken';

export class AppendStopped extends Error {
  readonly reason: StopReason;
  /** Some of what was sent may have been written, or may still be, as long as the stream is not finalized. */
  readonly isUnknown: boolean;
  /** Rows of this append that were not acknowledged. */
  readonly left: readonly Row[];

  constructor(reason: StopReason, isUnknown: boolean, left: readonly Row[]) {
    super(`appending stopped: ${reason}`);
    this.reason = reason;
    this.isUnknown = isUnknown;
    this.left = left;
  }
}
