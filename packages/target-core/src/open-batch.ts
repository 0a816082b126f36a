import { RowBytes } from './row-bytes.js';
import { isoTime } from './rows.js';
import type { SpareBytes } from './spare-bytes.js';
import type { Ticket } from './state-gate.js';

/** Rows of one table that collect until they are loaded together. */
export class OpenBatch extends RowBytes {
  /** When the batch was begun: the `_sdc_batched_at` of its rows. */
  readonly startedAt = isoTime(Date.now());
  /** Its own ticket, and those of batches whose refused rows it holds: they all end when this batch is durable. */
  readonly tickets: Ticket[];

  constructor(ticket: Ticket, spares: SpareBytes) {
    super(spares);
    this.tickets = [ticket];
  }

  /** Number of its oldest ticket. */
  get oldestTicket(): number {
    return Math.min(...this.tickets.map((ticket) => ticket.number));
  }
}
