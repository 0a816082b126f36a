import { join } from 'node:path';
import type { Logger } from '@tap-webhooks/singer';
import {
  type Batch,
  type Loader,
  type LoadResult,
  Room,
  type Sink,
  type TableDefinition,
} from '@tap-webhooks/target-core';
import type { Config } from './config.js';
import { marksClash, namesClash } from './errors.js';
import { customName, type TablePaths, tablePaths } from './naming.js';
import { JsonlTable } from './table.js';

interface SharedTable {
  readonly table: Promise<JsonlTable>;
  readonly paths: TablePaths;
  /** The streams that write it, and whether they are marked: one, or with `custom_name` any number. */
  readonly streams: Map<string, boolean>;
}

export interface LoaderOptions {
  readonly startedAt?: Date;
  readonly stop?: AbortSignal;
}

/** Loads tables as JSON Lines files in a folder. */
export class JsonlLoader implements Loader {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #startedAt: Date;
  readonly #room: Room;
  /** By path, in one spelling for paths that a file system which ignores case treats as equal. */
  readonly #tables = new Map<string, SharedTable>();

  /**
   * @param options.startedAt start of the run, which `do_timestamp_file` writes into names.
   * @param options.stop the run is to end: a full disk is not waited for any more.
   */
  constructor(config: Config, log: Logger, { startedAt = new Date(), stop }: LoaderOptions = {}) {
    this.#config = config;
    this.#log = log;
    this.#startedAt = startedAt;
    this.#room = new Room({ log, stop });
  }

  get isUnavailable(): boolean {
    return this.#room.isOver;
  }

  async open(definition: TableDefinition): Promise<Sink> {
    const { stream } = definition;
    const paths = tablePaths(definition, this.#config, this.#startedAt);
    const key = join(paths.folder, paths.base).normalize('NFC').toLowerCase();
    let shared = this.#tables.get(key);
    if (shared === undefined) {
      const context = { paths, stream, config: this.#config, log: this.#log, room: this.#room };
      shared = { table: JsonlTable.open(context), paths, streams: new Map() };
      this.#tables.set(key, shared);
    } else if (customName(definition, this.#config) === undefined) {
      throw namesClash(stream, [...shared.streams.keys()].join(', '), join(paths.folder, paths.openName));
    }
    enter(shared, definition);
    try {
      const altered = (changed: TableDefinition) => enter(shared, changed);
      return new JsonlSink(await shared.table, altered, () => this.#leave(key, stream));
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

/** Registers a stream that writes the table. @throws ToolkitError `marks_clash`, exit 3. */
function enter({ streams, paths }: SharedTable, { stream, hasIdentity }: TableDefinition): void {
  for (const [other, isMarked] of streams) {
    if (other === stream || isMarked === hasIdentity) continue;
    throw marksClash(stream, other, join(paths.folder, paths.openName));
  }
  streams.set(stream, hasIdentity);
}

class JsonlSink implements Sink {
  readonly #table: JsonlTable;
  readonly #altered: (definition: TableDefinition) => void;
  readonly #leave: () => Promise<void>;

  constructor(table: JsonlTable, altered: (definition: TableDefinition) => void, leave: () => Promise<void>) {
    this.#table = table;
    this.#altered = altered;
    this.#leave = leave;
  }

  async load(batch: Batch): Promise<LoadResult> {
    const loaded = await this.#table.load(batch);
    return { loaded, skipped: batch.rows.length - loaded, refused: [] };
  }

  /** Every line names its own columns, so there is nothing to change; only a shared file needs a check. */
  async alter(definition: TableDefinition): Promise<void> {
    this.#altered(definition);
  }

  close(): Promise<void> {
    return this.#leave();
  }
}
