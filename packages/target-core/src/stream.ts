import {
  identityOf,
  type Logger,
  type RowIdentity,
  type SchemaMessage,
  type ToolkitError,
} from '@tap-webhooks/singer';
import { type InputLine, identityMissing, keyPropertyMissing, recordInvalid, rowRefused } from './errors.js';
import { LoadedForms } from './loaded-forms.js';
import type { LoadResult } from './loader.js';
import type { OpenBatch } from './open-batch.js';
import { holdBack, isOfStream, sayParked } from './parking.js';
import { RecordCheck } from './record-check.js';
import type { Rejected, RejectedFeeder } from './rejected.js';
import type { IncomingRecord } from './rows.js';
import { Sequence } from './sequence.js';
import { readSchema, type StreamSchema, saysNothingNew, tableOfBoth, withPartsOf } from './stream-schema.js';
import { Table, type TableContext, type TableOwner } from './table.js';
import { UnknownFields } from './unknown-fields.js';
import { UnknownTypes } from './unknown-types.js';

/** Different warnings about what of a stream's schemas is not checked, at most. */
const MOST_UNCHECKED_SAID = 20;

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
  readonly #unknownTypes: UnknownTypes;
  readonly #sequence = new Sequence();
  readonly #loaded = new LoadedForms();
  #schema: StreamSchema;
  /** Undefined when records are not checked. */
  #check: RecordCheck | undefined;
  readonly #saidUnchecked = new Set<string>();
  #parkedBy: ToolkitError | undefined;

  constructor(context: StreamContext, schema: StreamSchema) {
    this.#context = context;
    this.#schema = schema;
    this.#check = this.#checkOf(schema);
    this.#unknown = new UnknownFields(schema.message.stream, context.log);
    this.#unknownTypes = new UnknownTypes(schema.message.stream, context.log);
    this.#unknownTypes.look(schema.message.schema);
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

  /** True when records came, and each of them was rejected: none was loaded, was there already, or was dropped. */
  get areAllRejected(): boolean {
    const { loaded, skipped } = this.table.counts;
    return this.rejected > 0 && loaded + skipped + this.dropped === 0;
  }

  /**
   * Applies a further SCHEMA. The batch goes on collecting when the table can take the rows of both: it gets the columns of both,
   * and loses none. Before a field changes its type, the batch is loaded, unless rows of both SCHEMAs were loaded before: then the
   * table has columns for both. A SCHEMA that cannot be used parks the stream.
   */
  async change(further: SchemaMessage, line: InputLine): Promise<void> {
    if (this.#parkedBy) return;
    const message = withPartsOf(this.#schema.message, further);
    if (saysNothingNew(this.#schema.message, message)) return;
    let next: StreamSchema;
    try {
      next = readSchema(message, line, this.#context.settings, this.#context.syncStartedAt);
    } catch (cause) {
      if (!isOfStream(cause)) throw cause;
      return this.#giveUp(cause);
    }
    const { table } = this.#schema;
    const both = tableOfBoth(table, next.table);
    if (both === undefined && !this.#loaded.haveBoth(table, next.table)) {
      await this.table.settled();
      this.#loaded.add(table, this.table.counts);
    }
    this.#schema = { ...next, table: both ?? next.table };
    this.#check = this.#checkOf(next);
    this.#unknownTypes.look(message.schema);
    if (both === table) return;
    await this.table.alter(this.#schema.table);
    this.#loaded.begin(this.table.counts);
  }

  /**
   * Takes one record. One without its key or identity parks the stream. Returns a promise when the reader has to wait.
   * @throws ToolkitError `record_invalid`, exit 2.
   */
  add(incoming: IncomingRecord, line: InputLine): Promise<void> | undefined {
    if (this.#parkedBy) {
      this.dropped += 1;
      return undefined;
    }
    const { record, recordText, nonNumber } = incoming;
    const { write, columns, table } = this.#schema;
    const key = table.keyProperties.find((name) => !Object.hasOwn(record, name));
    if (key !== undefined) return this.#giveUp(keyPropertyMissing(line, this.name, key), 1);
    const identity = table.hasIdentity ? identityOf(record) : undefined;
    if (table.hasIdentity && !identity) return this.#giveUp(identityMissing(line, this.name), 1);
    const reason =
      nonNumber === undefined
        ? this.#check?.whyInvalid(record, recordText)
        : `the record holds ${nonNumber}, which JSON does not have`;
    if (reason !== undefined) return this.#reject(incoming, identity, reason, line);
    this.#unknown.look(record, columns);
    return this.table.add({ text: write(incoming, this.table.batch().startedAt, this.#sequence), identity });
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
    holdBack(gate, this.name, this.#schema.table.hasIdentity, ticket);
    if (this.#parkedBy) return; // a second loss only sets the bookmark further back
    this.#parkedBy = error;
    sayParked(log, this.name, error);
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

  /**
   * Parks the stream because of what the tap sent. Rows that came before are loaded first.
   * @param dropped records that are not loaded.
   */
  async #giveUp(error: ToolkitError, dropped = 0): Promise<void> {
    await this.table.settled();
    this.dropped += dropped;
    if (!this.#parkedBy) this.parked(error, []);
  }

  #checkOf({ message }: StreamSchema): RecordCheck | undefined {
    if (!this.#context.settings.validate_records) return undefined;
    return new RecordCheck(message.schema, (unchecked) => this.#sayUnchecked(unchecked));
  }

  #sayUnchecked(unchecked: string): void {
    if (this.#saidUnchecked.has(unchecked) || this.#saidUnchecked.size >= MOST_UNCHECKED_SAID) return;
    this.#saidUnchecked.add(unchecked);
    this.#context.log.warn({ stream: this.name }, unchecked);
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
