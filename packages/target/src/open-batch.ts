import type { Row } from './loader.js';
import { isoTime } from './rows.js';
import type { Ticket } from './state-gate.js';

/** Rows of one table that wait to be loaded together. */
export class OpenBatch {
  readonly rows: Row[] = [];
  /** When it was begun: the `_sdc_batched_at` of its rows. */
  readonly startedAt = isoTime(Date.now());
  /** Its own, and those of batches whose refused rows it holds: what counts as durable when this batch is. */
  readonly tickets: Ticket[];
  bytes = 0;

  constructor(ticket: Ticket) {
    this.tickets = [ticket];
  }

  /** @returns the bytes that the row takes, in UTF-8. */
  add(row: Row): number {
    const bytes = Buffer.byteLength(row.text);
    this.rows.push(row);
    this.bytes += bytes;
    return bytes;
  }

  /** Birth of its oldest ticket. */
  get birth(): number {
    return Math.min(...this.tickets.map((ticket) => ticket.birth));
  }
}
