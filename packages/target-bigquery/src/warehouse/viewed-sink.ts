import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, LoadResult, Sink, TableDefinition } from '@tap-webhooks/target-core';
import type { KeptTable, LatestView } from './latest-view-keeper.js';

/** How long the end of a run waits for the view; the next run makes it. */
const CLOSE_MS = 30_000;

/** Keeps the view of a table in step with what is loaded. No load and no state waits for it. */
export class ViewedSink implements Sink {
  readonly #sink: Sink;
  readonly #table: KeptTable;
  readonly #view: LatestView;
  #keeping: Promise<void> = Promise.resolve();

  constructor(sink: Sink, table: KeptTable, view: LatestView) {
    this.#sink = sink;
    this.#table = table;
    this.#view = view;
    this.#keep();
  }

  async load(batch: Batch): Promise<LoadResult> {
    const result = await this.#sink.load(batch);
    this.#keep();
    return result;
  }

  alter(definition: TableDefinition): Promise<void> {
    return this.#sink.alter(definition);
  }

  async close(): Promise<void> {
    try {
      await this.#sink.close();
    } finally {
      await Promise.race([this.#keeping, sleep(CLOSE_MS, undefined, { ref: false })]);
    }
  }

  #keep(): void {
    const table = this.#table;
    const now = { definition: table.definition, fields: table.fields, plan: table.plan };
    this.#keeping = this.#keeping.then(() => this.#view.keep(now));
  }
}
