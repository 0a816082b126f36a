import { isMarked, REJECTED_TABLE, type SchemaMessage, type ToolkitError } from '@tap-webhooks/singer';
import { type InputLine, recordBeforeSchema, streamsParked, tableReserved } from './errors.js';
import { holdBack, isOfStream, sayParked, UnusableStream } from './parking.js';
import { Rejected } from './rejected.js';
import { Stream, type StreamContext } from './stream.js';
import { readSchema, type StreamSchema } from './stream-schema.js';
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

  get loadedRows(): number {
    return [...this.all()].reduce((rows, stream) => rows + stream.table.counts.loaded, 0);
  }

  /** Logs how many records of each stream were loaded, skipped, rejected and dropped. */
  summarize(): void {
    for (const { name, table, rejected, dropped } of this.all()) {
      const { loaded, skipped } = table.counts;
      this.#context.log.info({ stream: name, loaded, skipped, rejected, dropped }, `${loaded} rows loaded`);
    }
    for (const { name, dropped } of this.#unusable.values()) {
      this.#context.log.info({ stream: name, dropped }, 'no rows loaded');
    }
  }

  /** Opens the table of a stream, or changes it, or parks the stream. Resolves when the stream can take records. */
  async define(message: SchemaMessage, line: InputLine): Promise<void> {
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
    if (schema.table.tableName === REJECTED_TABLE) throw tableReserved(line, message.stream);
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

  #rejectedOf(schemaName: string | undefined): Rejected {
    let rejected = this.#rejected.get(schemaName);
    if (!rejected) {
      rejected = new Rejected(this.#context, schemaName, this.#context.fail);
      this.#rejected.set(schemaName, rejected);
    }
    return rejected;
  }
}
