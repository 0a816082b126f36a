import { RowBytes } from './row-bytes.js';
import { isoTime } from './rows.js';
import type { SpareBytes } from './spare-bytes.js';
import type { Ticket } from './state-gate.js';

/** Rows of one table that wait to be loaded together. */
export class OpenBatch extends RowBytes {
  /** When it was begun: the `_sdc_batched_at` of its rows. */
  readonly startedAt = isoTime(Date.now());
  /** Its own, and those of batches whose refused rows it holds: what counts as durable when this batch is. */
  readonly tickets: Ticket[];

  constructor(ticket: Ticket, spares: SpareBytes) {
    super(spares);
    this.tickets = [ticket];
  }

  /** Birth of its oldest ticket. */
  get birth(): number {
    return Math.min(...this.tickets.map((ticket) => ticket.birth));
  }
}
