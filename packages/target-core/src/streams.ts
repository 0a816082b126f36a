import { EXIT, isMarked, REJECTED_TABLE, type SchemaMessage, type ToolkitError } from '@tap-webhooks/singer';
import { allRejected, type InputLine, recordBeforeSchema, streamsParked, tableReserved } from './errors.js';
import { holdBack, isOfStream, sayParked, UnusableStream } from './parking.js';
import { Rejected } from './rejected.js';
import { Stream, type StreamContext } from './stream.js';
import { readSchema, requireLongLines, type StreamSchema } from './stream-schema.js';
import type { Table } from './table.js';

/** A stream as the reader of messages sees it. */
export type RecordTaker = Stream | UnusableStream;

/** All streams and tables of a run. */
export class Streams {
  readonly #context: StreamContext;
  readonly #byName = new Map<string, Stream>();
  readonly #unusable = new Map<string, UnusableStream>();
  readonly #rejected = new Map<string | undefined, Rejected>();

  constructor(context: Omit<StreamContext, 'rejected'>) {
    this.#context = { ...context, rejected: (schemaName) => this.#rejectedOf(schemaName) };
  }

  get(name: string): RecordTaker | undefined {
    return this.#byName.get(name) ?? this.#unusable.get(name);
  }

  /** Returns the stream of that name. @throws ToolkitError `record_before_schema`, exit 2. */
  require(name: string, line: InputLine): RecordTaker {
    const stream = this.get(name);
    if (!stream) throw recordBeforeSchema(line, name);
    return stream;
  }

  /** All streams that have a table. */
  all(): IterableIterator<Stream> {
    return this.#byName.values();
  }

  /** True when there is at least one stream and all streams are parked. */
  get areAllParked(): boolean {
    const streams = this.#withUnusable();
    return streams.length > 0 && streams.every((stream) => stream.parkedBy);
  }

  /** True when a table failed after it was open. */
  get hasFailedTable(): boolean {
    return [...this.all()].some(
      ({ parkedBy, table }) => parkedBy?.exitCode === EXIT.destination && table.wasOpen,
    );
  }

  /** Returns the failure of a run with parked streams; undefined when no stream was parked. */
  parkedFailure(): ToolkitError | undefined {
    const parked = this.#withUnusable().filter((stream) => stream.parkedBy);
    if (parked.length === 0) return undefined;
    const reasons = parked.flatMap((stream) => stream.parkedBy ?? []);
    const dropped = parked.reduce((records, stream) => records + stream.dropped, 0);
    return streamsParked(reasons, dropped);
  }

  #withUnusable(): readonly RecordTaker[] {
    return [...this.all(), ...this.#unusable.values()];
  }

  /**
   * Looks for streams of which every record was rejected. Our own are only warned of: their records are not lost, and a failure
   * would stop a pipe that works for the others.
   * @returns the failure of the run when there is such a stream of another tap.
   */
  rejectedFailure(): ToolkitError | undefined {
    const rejected = [...this.all()].filter((stream) => stream.areAllRejected);
    for (const stream of rejected.filter(({ table }) => table.definition.hasIdentity)) {
      this.#context.log.warn(
        { stream: stream.name, rejected: stream.rejected },
        `every record of this run was rejected (${stream.rejected}); _sdc_rejected contains them with the reasons`,
      );
    }
    const others = rejected.filter(({ table }) => !table.definition.hasIdentity);
    if (others.length === 0) return undefined;
    return allRejected(others.map((stream) => [stream.name, stream.rejected]));
  }

  get loadedRows(): number {
    return [...this.all()].reduce((rows, stream) => rows + stream.table.counts.loaded, 0);
  }

  /** Logs how many records of each stream were loaded, skipped, rejected and dropped. */
  summarize(): void {
    for (const { name, table, rejected, dropped } of this.all()) {
      const { loaded, skipped, diverted } = table.counts;
      const parts = [
        `${loaded} rows loaded`,
        ...(rejected > 0 ? [`${rejected} rejected`] : []),
        ...(diverted > 0 ? [`${diverted} values beside their columns`] : []),
      ];
      this.#context.log.info(
        { stream: name, loaded, skipped, rejected, dropped, ...(diverted > 0 && { diverted }) },
        parts.join(', '),
      );
    }
    for (const { name, dropped } of this.#unusable.values()) {
      this.#context.log.info({ stream: name, dropped }, 'no rows loaded');
    }
  }

  /** Opens the table of a stream, or changes it, or parks the stream. Resolves when the stream can take records. */
  async define(message: SchemaMessage, line: InputLine): Promise<void> {
    requireLongLines(message, this.#context.settings);
    const known = this.get(message.stream);
    if (known) return known.change(message, line);
    let schema: StreamSchema;
    try {
      schema = this.#read(message, line);
    } catch (cause) {
      if (!isOfStream(cause)) throw cause;
      return this.#park(message, cause);
    }
    const stream = new Stream(this.#context, schema);
    this.#byName.set(message.stream, stream);
    await stream.table.opened;
  }

  #read(message: SchemaMessage, line: InputLine): StreamSchema {
    const { settings, syncStartedAt } = this.#context;
    const schema = readSchema(message, line, settings, syncStartedAt);
    this.#requireFree(schema.table.tableName, message.stream, line);
    return schema;
  }

  /** Parks a stream that has no table yet. */
  #park({ stream: name, schema }: SchemaMessage, error: ToolkitError): void {
    const { gate, log, parked } = this.#context;
    this.#unusable.set(name, new UnusableStream(name, error));
    const ticket = gate.begin(); // every record of the stream is lost
    holdBack(gate, name, isMarked(schema), ticket.number);
    gate.end([ticket]);
    sayParked(log, name, error);
    parked();
  }

  /** Loads all open batches, without waiting. */
  flush(): void {
    for (const table of this.tables()) table.flush();
  }

  /** Loads open batches, the largest first, until the remaining ones have at most `bytes` bytes together. */
  relieve(bytes: number): void {
    const { budget } = this.#context;
    for (const table of [...this.tables()].sort((a, b) => b.collectedBytes - a.collectedBytes)) {
      if (budget.collected <= bytes) return;
      table.flush();
    }
  }

  /** Loads everything and waits for it. `_sdc_rejected` comes last, since other loads add rows to it. */
  async settled(): Promise<void> {
    await Promise.all([...this.all()].map((stream) => stream.table.settled()));
    await Promise.all([...this.#rejected.values()].map((rejected) => rejected.table.settled()));
  }

  *tables(): Generator<Table> {
    for (const stream of this.all()) yield stream.table;
    for (const rejected of this.#rejected.values()) yield rejected.table;
  }

  #requireFree(tableName: string, stream: string, line: InputLine): void {
    const { reserved = [] } = this.#context.loader;
    const taken = [REJECTED_TABLE, ...reserved].find((own) => own === tableName.toLowerCase());
    if (taken !== undefined) throw tableReserved(line, stream, taken);
  }

  #rejectedOf(schemaName: string | undefined): Rejected {
    let rejected = this.#rejected.get(schemaName);
    if (!rejected) {
      rejected = new Rejected(this.#context, schemaName, this.#context.fail);
      this.#rejected.set(schemaName, rejected);
    }
    return rejected;
  }
}
