import {
  COLUMN,
  REJECTED_SCHEMA,
  REJECTED_TABLE,
  type RejectedRow,
  type RowIdentity,
  type ToolkitError,
} from '@tap-webhooks/singer';
import { rejectedRowsRefused } from './errors.js';
import type { LoadResult, TableDefinition } from './loader.js';
import type { OpenBatch } from './open-batch.js';
import type { Ticket } from './state-gate.js';
import { Table, type TableContext, type TableOwner } from './table.js';

/** A record that its own table cannot take. */
export interface RejectedRecord {
  /** Why, as a sentence that may quote the record. */
  readonly reason: string;
  /** JSON text of the record. */
  readonly text: string;
  readonly identity: RowIdentity | undefined;
}

/** A stream that has rejected records. */
export interface RejectedFeeder {
  /** The table for which its records are meant. */
  readonly tableName: string;
  /**
   * Called when rejected records of the stream cannot be kept.
   * @param ticket number of the oldest batch with such a record, which has not ended.
   */
  park(error: ToolkitError, ticket: number): void;
}

/** The table `_sdc_rejected` of one schema. It is loaded like any other table, and a STATE waits for it too. */
export class Rejected implements TableOwner {
  readonly table: Table;
  readonly #context: TableContext;
  readonly #fail: (error: unknown) => void;
  /** Per batch, the streams that have records in it, with the oldest ticket of the batches that the records come from. */
  readonly #feeders = new WeakMap<OpenBatch, Map<RejectedFeeder, number>>();
  #failure: ToolkitError | undefined;

  /** @param fail ends the run. */
  constructor(context: TableContext, schemaName: string | undefined, fail: (error: unknown) => void) {
    this.#context = context;
    this.#fail = fail;
    this.table = new Table(context, rejectedTable(schemaName), this);
  }

  /**
   * Adds a record. Returns a promise when the reader has to wait for room.
   * @param from tickets of the batch that refused the record, if any: they end when the record is durable here.
   */
  add(
    feeder: RejectedFeeder,
    record: RejectedRecord,
    from: readonly Ticket[] = [],
  ): Promise<void> | undefined {
    if (this.#failure) {
      this.#turnAway(feeder, this.#failure, from);
      return undefined;
    }
    const batch = this.table.batch();
    batch.tickets.push(...from);
    const feeders = this.#feeders.get(batch) ?? new Map<RejectedFeeder, number>();
    this.#feeders.set(
      batch,
      feeders.set(feeder, Math.min(batch.oldestTicket, feeders.get(feeder) ?? batch.oldestTicket)),
    );
    return this.table.add({ text: rejectedRow(feeder.tableName, record), identity: record.identity });
  }

  /** Parks only the streams of the refused records: those of others are durable now. */
  async refused(rows: LoadResult['refused'], batch: OpenBatch): Promise<void> {
    const tables = new Set(rows.map(({ row }) => (JSON.parse(row.text) as RejectedRow).table_name));
    const largest = Math.max(...rows.map(({ row }) => Buffer.byteLength(row.text)));
    const error = rejectedRowsRefused(this.table.definition.stream, largest);
    for (const [feeder, ticket] of this.#feeders.get(batch) ?? []) {
      if (tables.has(feeder.tableName)) feeder.park(error, ticket);
    }
    this.#context.gate.end(batch.tickets);
  }

  parked(error: ToolkitError, lost: readonly OpenBatch[]): void {
    this.#failure = error;
    for (const batch of lost) {
      for (const [feeder, ticket] of this.#feeders.get(batch) ?? []) feeder.park(error, ticket);
    }
    for (const batch of lost) this.#context.gate.end(batch.tickets);
  }

  failed(error: unknown): void {
    this.#fail(error);
  }

  #turnAway(feeder: RejectedFeeder, error: ToolkitError, from: readonly Ticket[]): void {
    const ticket = this.#context.gate.begin();
    feeder.park(error, Math.min(ticket.number, ...from.map((other) => other.number)));
    this.#context.gate.end([ticket, ...from]);
  }
}

function rejectedRow(tableName: string, { reason, text, identity }: RejectedRecord): string {
  const row: RejectedRow = {
    _sdc_rejected_at: new Date().toISOString(),
    table_name: tableName,
    reason,
    record: text,
    [COLUMN.inbox]: identity?.inbox ?? null,
    [COLUMN.position]: identity?.position ?? null,
    [COLUMN.sequence]: identity?.sequence ?? null,
  };
  return JSON.stringify(row);
}

/**
 * Returns the table of rejected records in a schema. It is marked, but records of other taps have no identity, so their rows are
 * loaded as often as they come.
 */
export function rejectedTable(schemaName: string | undefined): TableDefinition {
  return {
    stream: schemaName === undefined ? REJECTED_TABLE : `${schemaName}-${REJECTED_TABLE}`,
    schemaName,
    tableName: REJECTED_TABLE,
    schema: REJECTED_SCHEMA,
    keyProperties: [],
    hasIdentity: true,
  };
}
