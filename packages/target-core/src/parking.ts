import { EXIT, type Logger, ToolkitError } from '@tap-webhooks/singer';
import type { StateGate } from './state-gate.js';

/**
 * Rows of a stream are lost: no state may cover them. The bookmark of a marked stream stays where it was durable; for other taps
 * the states before them are the last.
 * @param ticket number of the oldest batch with lost rows, which has not ended.
 */
export function holdBack(gate: StateGate, stream: string, isMarked: boolean, ticket: number): void {
  if (isMarked) gate.park(stream, ticket);
  else gate.shut(ticket);
}

/** True for failures that what the tap sent of one stream is to blame for. Others, such as those of the config, end the run. */
export function isOfStream(error: unknown): error is ToolkitError {
  return error instanceof ToolkitError && error.exitCode === EXIT.input;
}

export function sayParked(log: Logger, stream: string, error: ToolkitError): void {
  log.error({ stream, code: error.code }, `${error.message} The other tables are still loaded.`);
}

/** A stream whose first SCHEMA cannot be used. It is parked: it has no table, and its records are only counted. */
export class UnusableStream {
  readonly name: string;
  readonly parkedBy: ToolkitError;
  /** Records that were not loaded. */
  dropped = 0;

  constructor(name: string, parkedBy: ToolkitError) {
    this.name = name;
    this.parkedBy = parkedBy;
  }

  add(): undefined {
    this.dropped += 1;
  }

  /** A later SCHEMA changes nothing: records before it may be missing. */
  change(): void {}
}
