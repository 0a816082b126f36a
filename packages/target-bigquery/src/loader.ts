import { type Logger, ToolkitError } from '@tap-webhooks/singer';
import type { Lock } from '@tap-webhooks/singer/lock';
import {
  type Batch,
  type Loader,
  type LoadResult,
  REJECTED_TABLE,
  type Sink,
  type TableDefinition,
} from '@tap-webhooks/target-core';
import { BigQueryClient } from './api/client.js';
import { quotaNotice } from './api/retry.js';
import type { BigQueryService, TableRef } from './api/service.js';
import type { Config } from './config.js';
import { namesClash, tableFailed } from './errors.js';
import { type PieceContext, retryOf } from './jobs/job.js';
import { LoadPace } from './jobs/pace.js';
import { BatchJobSink } from './jobs/sink.js';
import { Spooler } from './jobs/spooler.js';
import { type LoadsLog, LoadsTableLog } from './loads/log.js';
import { sayFailed, withMetrics } from './loads/metrics.js';
import { endStreams } from './storage-write/end-streams.js';
import { RecordedStreams } from './storage-write/records.js';
import { SharedWriteClient } from './storage-write/shared-client.js';
import { Datasets } from './table/datasets.js';
import { Note } from './table/note.js';
import { jobLabels, lockTable, type TablePaths, tablePaths, tableRef } from './table/place.js';
import { TargetTable } from './table/table.js';
import { dropViewNamed, LatestView, ViewedSink } from './view/keeper.js';

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

export interface LoaderOptions {
  readonly service: BigQueryService;
  readonly config: Config;
  readonly log: Logger;
  /** The run is to end: loads are not spread any more. */
  readonly stop: AbortSignal;
}

/** Opens the client and a loader for one run. @throws ToolkitError `credentials_unusable`, exit 1. */
export async function openLoader(
  config: Config,
  { log, stop }: Pick<LoaderOptions, 'log' | 'stop'>,
): Promise<BigQueryLoader> {
  const service = await BigQueryClient.open(config, stop, quotaNotice(log));
  return new BigQueryLoader({ service, config, log, stop });
}

const NO_LOADS_LOG: LoadsLog = { record() {}, async flush() {} };

/** Tables of BigQuery. */
export class BigQueryLoader implements Loader {
  readonly #options: LoaderOptions;
  readonly #datasets: Datasets;
  readonly #spooler = new Spooler();
  readonly #writeClient: SharedWriteClient;
  readonly #loads: LoadsLog;
  /** Stream of each open table. */
  readonly #streams = new Map<string, string>();

  constructor(options: LoaderOptions) {
    this.#options = options;
    const { service, log, config } = options;
    this.#datasets = new Datasets(service, log, config.labels);
    this.#writeClient = new SharedWriteClient(config);
    this.#loads = withMetrics(log, config.load_log ? this.#loadsTable() : NO_LOADS_LOG);
  }

  async open(definition: TableDefinition): Promise<Sink> {
    const { config, log } = this.#options;
    const ref = tableRef(definition, config);
    const key = `${ref.dataset}.${ref.table}`;
    const other = this.#streams.get(key);
    if (other !== undefined) throw namesClash(definition.stream, other, ref);
    this.#streams.set(key, definition.stream);
    const paths = tablePaths(config, ref);
    let lock: Lock | undefined;
    try {
      lock = await lockTable(definition.stream, ref, paths);
      const sink = await this.#sink(definition, ref, paths);
      return new OwnSink(sink, {
        failed: (error) =>
          error instanceof ToolkitError && sayFailed(log, definition.stream, ref, error.code),
        closed: () => this.#leave(key, lock),
      });
    } catch (cause) {
      this.#leave(key, lock);
      throw tableFailed(ref, 'opened', cause);
    }
  }

  async close(): Promise<void> {
    await this.#loads.flush();
    await this.#writeClient.close();
    await this.#spooler.close();
    await this.#options.service.close();
  }

  async #sink(definition: TableDefinition, ref: TableRef, paths: TablePaths): Promise<Sink> {
    const { service, config, log, stop } = this.#options;
    const { location } = await this.#datasets.open(ref.dataset);
    const labels = jobLabels(config.labels, definition.stream, ref.dataset);
    const viewContext = { service, log, labels };
    await dropViewNamed(viewContext, ref, definition.stream, location);
    const table = await TargetTable.open({ service, config, log }, definition, ref, { location, labels });
    const { stream } = definition;
    const pace = await LoadPace.open(service, ref, { limit: config.daily_load_limit, log, stream, stop });
    const context: PieceContext = {
      service,
      table,
      pace,
      log,
      stream,
      loads: this.#loads,
      timeoutMs: config.timeout * 1000,
      stop,
      spooler: this.#spooler,
      spoolPath: paths.spool,
    };
    const sink = await this.#loading(context, new Note(paths.note, table), definition.hasIdentity);
    if (!config.latest_view || ref.table === REJECTED_TABLE) return sink;
    return new ViewedSink(sink, table, new LatestView(viewContext, ref));
  }

  async #loading(context: PieceContext, note: Note, hasIdentity: boolean): Promise<Sink> {
    if (this.#options.config.method === 'batch_job') {
      if (hasIdentity && !context.table.isNew && (await this.#endStreams(context)))
        note.doubtAll(context.table);
      const taken = hasIdentity ? async () => void (await this.#endStreams(context)) : undefined;
      return new BatchJobSink({ ...context, ...(taken && { taken }) }, note);
    }
    const { StorageWriteSink } = await import('./storage-write/sink.js');
    return new StorageWriteSink(context, note, await this.#writeClient.get());
  }

  /** A run of the other method may have died with its stream open. @returns whether there was one. */
  async #endStreams(context: PieceContext): Promise<boolean> {
    const { table, stream, timeoutMs, spoolPath } = context;
    const retry = retryOf(context);
    const streams = new RecordedStreams({
      table,
      stream,
      timeoutMs,
      retry,
      spoolPath: `${spoolPath}.streams`,
    });
    const client = async () => (await this.#writeClient.get()).client;
    return (await endStreams(streams, client, retry)).length > 0;
  }

  #loadsTable(): LoadsLog {
    const { service, log, config } = this.#options;
    return new LoadsTableLog({
      service,
      log,
      labels: config.labels,
      spoolPath: config.spool_path,
      locationOf: async (dataset) => (await this.#datasets.open(dataset)).location,
    });
  }

  #leave(key: string, lock: Lock | undefined): void {
    this.#streams.delete(key);
    lock?.release();
  }
}
