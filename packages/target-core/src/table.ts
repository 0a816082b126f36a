import { EXIT, type ToolkitError } from '@tap-webhooks/singer';
import { destinationFailed } from './errors.js';
import type { Loader, LoadResult, Row, Sink, TableDefinition } from './loader.js';
import type { MemoryBudget } from './memory-budget.js';
import { OpenBatch } from './open-batch.js';
import type { TargetSettings } from './settings.js';
import type { SpareBytes } from './spare-bytes.js';
import type { StateGate } from './state-gate.js';

/** Shared by all tables of a run. */
export interface TableContext {
  readonly loader: Loader;
  readonly settings: TargetSettings;
  readonly gate: StateGate;
  readonly budget: MemoryBudget;
  readonly spares: SpareBytes;
}

/** The stream, or the table of rejected records, that a table belongs to. */
export interface TableOwner {
  /**
   * Takes over rows of a batch that the destination refused. Resolves when there is room for more. The owner ends the tickets
   * of the batch once the rows are durable elsewhere. A rejection ends the run, and the tickets never end.
   */
  refused(rows: LoadResult['refused'], batch: OpenBatch): Promise<void>;
  /** The table failed for good. `lost` are the batches that will not be loaded; the owner ends their tickets. */
  parked(error: ToolkitError, lost: readonly OpenBatch[]): void;
  /** The config or another process prevents opening the table, or the owner could not take over rows: the run ends. */
  failed(error: unknown): void;
}

/** Rows of a table in this run. */
export interface TableCounts {
  loaded: number;
  /** Rows that the table already held. */
  skipped: number;
  /** Values that their own column does not hold. */
  diverted: number;
}

/**
 * One table: at most one batch is being loaded, and one collects the rows that are read meanwhile. Loads and changes of the
 * table happen one at a time and in order.
 */
export class Table {
  readonly counts: TableCounts = { loaded: 0, skipped: 0, diverted: 0 };
  /** Resolves when the table is open, or its owner has been told why not. */
  readonly opened: Promise<void>;
  readonly #context: TableContext;
  readonly #owner: TableOwner;
  #definition: TableDefinition;
  #sink: Sink | undefined;
  #open: OpenBatch | undefined;
  /** The open batch collects no longer than until the load or change that is running ends. */
  #isDue = false;
  /** The load or change that is running. */
  #busy: Promise<void> | undefined;
  #isDead = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: TableContext, definition: TableDefinition, owner: TableOwner) {
    this.#context = context;
    this.#definition = definition;
    this.#owner = owner;
    this.opened = this.#begin(() => this.#openSink());
  }

  /** True once the table was opened, also after it failed. */
  get wasOpen(): boolean {
    return this.#sink !== undefined;
  }

  get definition(): TableDefinition {
    return this.#definition;
  }

  /** Bytes of the collecting batch; 0 when that is due. */
  get collectedBytes(): number {
    return this.#isDue ? 0 : (this.#open?.bytes ?? 0);
  }

  /** The batch that the next row joins. */
  batch(): OpenBatch {
    if (this.#open) return this.#open;
    const { gate, settings, spares } = this.#context;
    this.#timer = setTimeout(() => this.flush(), settings.max_batch_age_seconds * 1000);
    this.#open = new OpenBatch(gate.begin(), spares);
    return this.#open;
  }

  /** Adds a row to the batch. Returns a promise when the reader has to wait until an earlier load is done. */
  add(row: Row): Promise<void> | undefined {
    if (this.#isDead) return undefined; // the table is parked or the run ends: no STATE will cover the row
    const batch = this.batch();
    const added = batch.add(row);
    this.#context.budget.take(added);
    if (!this.#isDue) this.#context.budget.collect(added);
    const { batch_size_rows: rows, batch_size_bytes: bytes } = this.#context.settings;
    if (batch.rows.length < rows && batch.bytes < bytes) return undefined;
    this.flush();
    return this.#open === batch ? this.#busy : undefined;
  }

  /** Loads the open batch as soon as the load or change that is running ends. */
  flush(): void {
    if (this.#isDead || !this.#open) return;
    this.#context.budget.collect(-this.collectedBytes);
    this.#isDue = true;
    if (this.#busy) return;
    const batch = this.#takeOpen();
    if (batch) this.#begin(() => this.#load(batch));
  }

  /** Flushes, and resolves when no batch is open and nothing is running. */
  async settled(): Promise<void> {
    this.flush();
    while (this.#busy) await this.#busy;
  }

  /** Changes the table between two loads; the open batch keeps collecting. */
  async alter(definition: TableDefinition): Promise<void> {
    while (this.#busy) await this.#busy;
    const sink = this.#sink;
    if (this.#isDead || !sink) return;
    await this.#begin(async () => {
      try {
        this.#definition = definition;
        await sink.alter(definition);
      } catch (cause) {
        this.#park(cause);
      }
    });
  }

  /** Stops loading for good. Returns the batch that was collecting. */
  abandon(): OpenBatch | undefined {
    this.#isDead = true;
    const batch = this.#takeOpen();
    if (batch) this.#context.budget.give(batch.bytes);
    return batch;
  }

  /** Closes the sink once the running load or change has ended; the open batch is not loaded. To be called once. */
  async close(): Promise<void> {
    this.abandon();
    while (this.#busy) await this.#busy;
    await this.#sink?.close();
  }

  /** Runs a load or a change. When it ends, a batch that is due is loaded before anybody who awaits it continues. */
  #begin(work: () => Promise<void>): Promise<void> {
    this.#busy = work().then(() => {
      this.#busy = undefined;
      if (this.#isDue) this.flush();
    });
    return this.#busy;
  }

  async #openSink(): Promise<void> {
    try {
      this.#sink = await this.#context.loader.open(this.#definition);
    } catch (cause) {
      const error = destinationFailed(this.#definition.tableName, cause);
      if (error.exitCode === EXIT.destination) this.#park(error);
      else this.#fail(error);
    }
  }

  #takeOpen(): OpenBatch | undefined {
    clearTimeout(this.#timer);
    const batch = this.#open;
    this.#context.budget.collect(-this.collectedBytes);
    this.#open = undefined;
    this.#isDue = false;
    return batch;
  }

  async #load(batch: OpenBatch): Promise<void> {
    try {
      const result = await (this.#sink as Sink).load(batch);
      this.counts.loaded += result.loaded;
      this.counts.skipped += result.skipped;
      this.counts.diverted += result.diverted ?? 0;
      await this.#end(batch, result.refused);
    } catch (cause) {
      this.#park(cause, batch);
    }
    this.#context.budget.give(batch.bytes);
  }

  async #end(batch: OpenBatch, refused: LoadResult['refused']): Promise<void> {
    if (refused.length === 0) {
      batch.handOver();
      return this.#context.gate.end(batch.tickets);
    }
    try {
      await this.#owner.refused(refused, batch);
    } catch (error) {
      this.#fail(error);
    }
  }

  #park(cause: unknown, failed?: OpenBatch): void {
    const error = destinationFailed(this.#definition.tableName, cause);
    if (this.#context.loader.isUnavailable) {
      this.#fail(error);
      return;
    }
    const lost = [failed, this.abandon()].filter((batch) => batch !== undefined);
    this.#owner.parked(error, lost);
  }

  #fail(error: unknown): void {
    this.abandon();
    this.#owner.failed(error);
  }
}
