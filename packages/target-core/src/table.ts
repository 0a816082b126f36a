import { EXIT, type ToolkitError } from '@tap-webhooks/singer';
import { destinationFailed } from './errors.js';
import type { Loader, LoadResult, Row, Sink, TableDefinition } from './loader.js';
import type { MemoryBudget } from './memory-budget.js';
import { OpenBatch } from './open-batch.js';
import type { TargetSettings } from './settings.js';
import type { SpareBytes } from './spare-bytes.js';
import type { StateGate } from './state-gate.js';

/** What all tables of a run share. */
export interface TableContext {
  readonly loader: Loader;
  readonly settings: TargetSettings;
  readonly gate: StateGate;
  readonly budget: MemoryBudget;
  readonly spares: SpareBytes;
}

/** What a table tells to whoever owns it. */
export interface TableOwner {
  /**
   * Takes over rows of a batch that the destination refused. Resolves when there is room for more. The owner ends the
   * tickets of the batch when the rows are durable elsewhere. A rejection ends the run, and the tickets stay.
   */
  refused(rows: LoadResult['refused'], batch: OpenBatch): Promise<void>;
  /** The table failed for good. `lost` are the batches that will not be loaded; the owner ends their tickets. */
  parked(error: ToolkitError, lost: readonly OpenBatch[]): void;
  /** The config or another process keeps the table from being opened, or the owner could not take over rows: the run ends. */
  failed(error: unknown): void;
}

/** What became of the rows of a table in this run. */
export interface TableCounts {
  loaded: number;
  /** Rows that the table held already. */
  skipped: number;
}

/**
 * One table: a batch that is being loaded, and one that collects what is read meanwhile. Loads, and changes of the table,
 * happen one at a time and in order.
 */
export class Table {
  readonly counts: TableCounts = { loaded: 0, skipped: 0 };
  /** Resolves when the table is open, or its owner knows why not. */
  readonly opened: Promise<void>;
  readonly #context: TableContext;
  readonly #owner: TableOwner;
  #definition: TableDefinition;
  #sink: Sink | undefined;
  #open: OpenBatch | undefined;
  /** The open batch waits only for its turn. */
  #isDue = false;
  /** The load or change that is going on. */
  #busy: Promise<void> | undefined;
  #isDead = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: TableContext, definition: TableDefinition, owner: TableOwner) {
    this.#context = context;
    this.#definition = definition;
    this.#owner = owner;
    this.opened = this.#begin(() => this.#openSink());
  }

  /** It could be opened, whatever became of it later. */
  get wasOpen(): boolean {
    return this.#sink !== undefined;
  }

  get definition(): TableDefinition {
    return this.#definition;
  }

  /** Bytes of the rows that collect; 0 when they wait only for their turn. */
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
    if (this.#isDead) return undefined; // the run is ending: no STATE will cover the row
    const batch = this.batch();
    const added = batch.add(row);
    this.#context.budget.take(added);
    if (!this.#isDue) this.#context.budget.collect(added);
    const { batch_size_rows: rows, batch_size_bytes: bytes } = this.#context.settings;
    if (batch.rows.length < rows && batch.bytes < bytes) return undefined;
    this.flush();
    return this.#open === batch ? this.#busy : undefined;
  }

  /** Loads what has collected, as soon as what goes on is done. */
  flush(): void {
    if (this.#isDead || !this.#open) return;
    this.#context.budget.collect(-this.collectedBytes);
    this.#isDue = true;
    if (this.#busy) return;
    const batch = this.#takeOpen();
    if (batch) this.#begin(() => this.#load(batch));
  }

  /** Flushes, and resolves when nothing is open or going on. */
  async settled(): Promise<void> {
    this.flush();
    while (this.#busy) await this.#busy;
  }

  /** Changes the table between two loads; what has collected stays open. */
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

  /** Gives up on the table: nothing is loaded from now on. Returns the batch that had collected. */
  abandon(): OpenBatch | undefined {
    this.#isDead = true;
    const batch = this.#takeOpen();
    if (batch) this.#context.budget.give(batch.bytes);
    return batch;
  }

  /** Closes the sink, once what goes on is done. What has collected is given up. To be called once. */
  async close(): Promise<void> {
    this.abandon();
    while (this.#busy) await this.#busy;
    await this.#sink?.close();
  }

  /** Work on the table. When it is done, what is due is loaded before anybody who awaits it goes on. */
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
    const lost = [failed, this.abandon()].filter((batch) => batch !== undefined);
    this.#owner.parked(destinationFailed(this.#definition.tableName, cause), lost);
  }

  #fail(error: unknown): void {
    this.abandon();
    this.#owner.failed(error);
  }
}
