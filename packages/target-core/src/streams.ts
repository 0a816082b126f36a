import { REJECTED_TABLE, type SchemaMessage, type ToolkitError } from '@tap-webhooks/singer';
import { type InputLine, recordBeforeSchema, tableReserved, tablesParked } from './errors.js';
import { Rejected } from './rejected.js';
import { Stream, type StreamContext } from './stream.js';
import { readSchema } from './stream-schema.js';
import type { Table } from './table.js';

/** All streams and tables of a run. */
export class Streams {
  readonly #context: StreamContext;
  readonly #byName = new Map<string, Stream>();
  readonly #rejected = new Map<string | undefined, Rejected>();

  constructor(context: Omit<StreamContext, 'rejected'>) {
    this.#context = { ...context, rejected: (schemaName) => this.#rejectedOf(schemaName) };
  }

  get(name: string): Stream | undefined {
    return this.#byName.get(name);
  }

  /** Returns the stream of that name. @throws ToolkitError `record_before_schema`, exit 2. */
  require(name: string, line: InputLine): Stream {
    const stream = this.#byName.get(name);
    if (!stream) throw recordBeforeSchema(line, name);
    return stream;
  }

  all(): IterableIterator<Stream> {
    return this.#byName.values();
  }

  /** True when there is at least one table and all tables are parked. */
  get areAllParked(): boolean {
    const streams = [...this.all()];
    return streams.length > 0 && streams.every((stream) => stream.parkedBy);
  }

  /** Returns the failure of a run with parked tables; undefined when no table was parked. */
  parkedFailure(): ToolkitError | undefined {
    const parked = [...this.all()].filter((stream) => stream.parkedBy);
    if (parked.length === 0) return undefined;
    const reasons = new Set(parked.map((stream) => stream.parkedBy?.message ?? ''));
    const dropped = parked.reduce((records, stream) => records + stream.dropped, 0);
    return tablesParked([...reasons], dropped);
  }

  get loadedRows(): number {
    return [...this.all()].reduce((rows, stream) => rows + stream.table.counts.loaded, 0);
  }

  /** Logs how many records of each stream were loaded, skipped, rejected and dropped. */
  summarize(): void {
    for (const { name, table, rejected, dropped } of this.all()) {
      const { loaded, skipped, diverted } = table.counts;
      const beside = diverted > 0 ? `, ${diverted} values beside their columns` : '';
      this.#context.log.info(
        { stream: name, loaded, skipped, rejected, dropped, ...(diverted > 0 && { diverted }) },
        `${loaded} rows loaded${beside}`,
      );
    }
  }

  /** Opens the table of a stream, or changes it. Resolves when the stream can take records. */
  async define(message: SchemaMessage, line: InputLine): Promise<void> {
    const known = this.#byName.get(message.stream);
    if (known) return known.change(message, line);
    const { settings, syncStartedAt } = this.#context;
    const schema = readSchema(message, line, settings, syncStartedAt);
    if (schema.table.tableName === REJECTED_TABLE) throw tableReserved(line, message.stream);
    const stream = new Stream(this.#context, schema);
    this.#byName.set(message.stream, stream);
    await stream.table.opened;
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
