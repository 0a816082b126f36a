import type { Batch, LoadResult, Sink, TableDefinition } from '@tap-webhooks/target-core';

export interface SinkOwner {
  /** Nothing can be loaded into the table any more. */
  failed(error: unknown): void;
  closed(): void;
}

/** A sink that tells its owner of its end. */
export class OwnSink implements Sink {
  readonly #sink: Sink;
  readonly #owner: SinkOwner;

  constructor(sink: Sink, owner: SinkOwner) {
    this.#sink = sink;
    this.#owner = owner;
  }

  async load(batch: Batch): Promise<LoadResult> {
    try {
      return await this.#sink.load(batch);
    } catch (error) {
      this.#owner.failed(error);
      throw error;
    }
  }

  alter(definition: TableDefinition): Promise<void> {
    return this.#sink.alter(definition);
  }

  async close(): Promise<void> {
    try {
      await this.#sink.close();
    } finally {
      this.#owner.closed();
    }
  }
}
