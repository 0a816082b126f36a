import {
  identityOf,
  type JsonObject,
  type Logger,
  type RowIdentity,
  type SchemaMessage,
  type ToolkitError,
} from '@tap-webhooks/singer';
import { type InputLine, identityMissing, keyPropertyMissing, recordInvalid, rowRefused } from './errors.js';
import type { LoadResult } from './loader.js';
import type { OpenBatch } from './open-batch.js';
import { whyInvalid } from './record-check.js';
import type { Rejected, RejectedFeeder } from './rejected.js';
import type { IncomingRecord } from './rows.js';
import { readSchema, type StreamSchema, tableOfBoth, textOf } from './stream-schema.js';
import { Table, type TableContext, type TableOwner } from './table.js';
import { UnknownFields } from './unknown-fields.js';

/** What all streams of a run share. */
export interface StreamContext extends TableContext {
  readonly log: Logger;
  /** Epoch ms, of the start of the run. */
  readonly syncStartedAt: number;
  /** The `_sdc_rejected` of a schema. */
  rejected(schemaName: string | undefined): Rejected;
  /** A table was parked. */
  parked(): void;
  /** Ends the run. */
  fail(error: unknown): void;
}

/** One stream: checks its records, and puts each into its table or into `_sdc_rejected`. */
export class Stream implements TableOwner, RejectedFeeder {
  readonly table: Table;
  /** Records that went to `_sdc_rejected`. */
  rejected = 0;
  /** Records that were not loaded because the table is parked. */
  dropped = 0;
  readonly #context: StreamContext;
  readonly #unknown: UnknownFields;
  #schema: StreamSchema;
  #parkedBy: ToolkitError | undefined;

  constructor(context: StreamContext, schema: StreamSchema) {
    this.#context = context;
    this.#schema = schema;
    this.#unknown = new UnknownFields(schema.message.stream, context.log);
    this.table = new Table(context, schema.table, this);
  }

  get name(): string {
    return this.#schema.message.stream;
  }

  get tableName(): string {
    return this.#schema.table.tableName;
  }

  /** Why the table failed for good; undefined as long as it did not. */
  get parkedBy(): ToolkitError | undefined {
    return this.#parkedBy;
  }

  /**
   * Applies a further SCHEMA. The batch goes on collecting when the table can take the rows of both: it gets the columns of both,
   * and loses none. Before a field changes its type, the batch is loaded.
   */
  async change(message: SchemaMessage, line: InputLine): Promise<void> {
    if (this.#parkedBy || textOf(message) === this.#schema.text) return;
    const next = readSchema(message, line, this.#context.settings, this.#context.syncStartedAt);
    const { table } = this.#schema;
    const both = tableOfBoth(table, next.table);
    if (both === undefined) await this.table.settled();
    this.#schema = { ...next, table: both ?? next.table };
    if (both !== table) await this.table.alter(this.#schema.table);
  }

  /**
   * Takes one record. Returns a promise when the reader has to wait for room.
   * @throws ToolkitError `key_property_missing`, `identity_missing` or `record_invalid`, exit 2.
   */
  add(incoming: IncomingRecord, line: InputLine): Promise<void> | undefined {
    if (this.#parkedBy) {
      this.dropped += 1;
      return undefined;
    }
    const { record, recordText } = incoming;
    const { compiled, write, columns, table } = this.#schema;
    this.#requireKeys(record, line);
    const identity = table.hasIdentity ? this.#identityOf(record, line) : undefined;
    const reason = compiled && whyInvalid(compiled, record, recordText);
    if (reason !== undefined) return this.#reject(incoming, identity, reason, line);
    this.#unknown.look(record, columns);
    return this.table.add({ text: write(incoming, this.table.batch().startedAt), identity });
  }

  async refused(rows: LoadResult['refused'], batch: OpenBatch): Promise<void> {
    const [first] = rows;
    if (first && this.#context.settings.on_invalid_record === 'fail')
      throw rowRefused(this.tableName, first.row.identity?.position);
    const rejected = this.#rejected();
    for (const [index, { row, reason }] of rows.entries()) {
      const from = index === rows.length - 1 ? batch.tickets : [];
      await rejected.add(this, { reason, text: row.text, identity: row.identity }, from);
    }
    this.#countRejected(rows.length);
  }

  parked(error: ToolkitError, lost: readonly OpenBatch[]): void {
    const { gate } = this.#context;
    const ticket = gate.begin(); // records that are read from now on are lost as well
    this.park(error, Math.min(ticket.number, ...lost.map((batch) => batch.oldestTicket)));
    this.dropped += lost.reduce((rows, batch) => rows + batch.rows.length, 0);
    for (const { tickets } of [...lost, { tickets: [ticket] }]) gate.end(tickets);
  }

  park(error: ToolkitError, ticket: number): void {
    const { gate, log } = this.#context;
    if (this.#schema.table.hasIdentity) gate.park(this.name, ticket);
    else gate.shut();
    if (this.#parkedBy) return; // a second loss only sets the bookmark further back
    this.#parkedBy = error;
    log.error({ stream: this.name, code: error.code }, `${error.message} The other tables are still loaded.`);
    const open = this.table.abandon();
    if (open) {
      this.dropped += open.rows.length;
      gate.end(open.tickets);
    }
    this.#context.parked();
  }

  failed(error: unknown): void {
    this.#context.fail(error);
  }

  #requireKeys(record: JsonObject, line: InputLine): void {
    for (const key of this.#schema.table.keyProperties) {
      if (!Object.hasOwn(record, key)) throw keyPropertyMissing(line, this.name, key);
    }
  }

  #identityOf(record: JsonObject, line: InputLine): RowIdentity {
    const identity = identityOf(record);
    if (!identity) throw identityMissing(line, this.name);
    return identity;
  }

  #reject(
    incoming: IncomingRecord,
    identity: RowIdentity | undefined,
    reason: string,
    line: InputLine,
  ): Promise<void> | undefined {
    if (this.#context.settings.on_invalid_record === 'fail') throw recordInvalid(line, this.name, reason);
    this.#countRejected(1);
    return this.#rejected().add(this, { reason, text: incoming.recordText, identity });
  }

  #rejected(): Rejected {
    return this.#context.rejected(this.#schema.table.schemaName);
  }

  #countRejected(records: number): void {
    if (this.rejected === 0) {
      this.#context.log.warn(
        { stream: this.name },
        'records are rejected; _sdc_rejected contains them with the reason',
      );
    }
    this.rejected += records;
  }
}
