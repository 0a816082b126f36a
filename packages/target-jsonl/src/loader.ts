import { join } from 'node:path';
import type { Logger } from '@tap-webhooks/singer';
import type { Batch, Loader, LoadResult, Sink, TableDefinition } from '@tap-webhooks/target';
import type { Config } from './config.js';
import { namesClash } from './errors.js';
import { customName, tablePaths } from './naming.js';
import { Table } from './table.js';

interface OpenTable {
  readonly table: Promise<Table>;
  /** Streams that write it: one, or with `custom_name` as many as come. */
  readonly streams: Set<string>;
}

/** Tables as JSON Lines files in a folder. */
export class JsonlLoader implements Loader {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #startedAt: Date;
  /** By the path that a file system which ignores case would take for the same. */
  readonly #tables = new Map<string, OpenTable>();

  /** @param startedAt of the run: the time that `do_timestamp_file` writes into names. */
  constructor(config: Config, log: Logger, startedAt = new Date()) {
    this.#config = config;
    this.#log = log;
    this.#startedAt = startedAt;
  }

  async open(definition: TableDefinition): Promise<Sink> {
    const { stream } = definition;
    const paths = tablePaths(definition, this.#config, this.#startedAt);
    const key = join(paths.folder, paths.base).normalize('NFC').toLowerCase();
    let shared = this.#tables.get(key);
    if (shared === undefined) {
      const place = { paths, stream, config: this.#config, log: this.#log };
      shared = { table: Table.open(place), streams: new Set() };
      this.#tables.set(key, shared);
    } else if (customName(definition, this.#config) === undefined) {
      throw namesClash(stream, [...shared.streams].join(', '), join(paths.folder, paths.openName));
    }
    shared.streams.add(stream);
    try {
      return new JsonlSink(await shared.table, () => this.#leave(key, stream));
    } catch (cause) {
      this.#tables.delete(key);
      throw cause;
    }
  }

  async close(): Promise<void> {}

  /** Closes the table when its last stream leaves it. */
  async #leave(key: string, stream: string): Promise<void> {
    const shared = this.#tables.get(key);
    if (!shared?.streams.delete(stream) || shared.streams.size > 0) return;
    this.#tables.delete(key);
    await (await shared.table).close();
  }
}

class JsonlSink implements Sink {
  readonly #table: Table;
  readonly #leave: () => Promise<void>;

  constructor(table: Table, leave: () => Promise<void>) {
    this.#table = table;
    this.#leave = leave;
  }

  async load(batch: Batch): Promise<LoadResult> {
    const loaded = await this.#table.load(batch);
    return { loaded, skipped: batch.rows.length - loaded, refused: [] };
  }

  /** Every line names its own columns: nothing is to be done. */
  async alter(): Promise<void> {}

  close(): Promise<void> {
    return this.#leave();
  }
}
