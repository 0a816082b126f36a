import { type Logger, ToolkitError, within } from '@tap-webhooks/singer';
import type { Lock } from '@tap-webhooks/singer/lock';
import {
  type Batch,
  type Loader,
  type LoadResult,
  REJECTED_TABLE,
  Room,
  type Sink,
  type TableDefinition,
} from '@tap-webhooks/target-core';
import { BigQueryClient } from './api/client.js';
import type { RetryPolicy } from './api/retry.js';
import type { BigQueryService } from './api/service.js';
import { waitNotices } from './api/wait-notices.js';
import type { Config } from './config.js';
import { Encoder } from './encode/encoder.js';
import { namesClash, tableFailed } from './errors.js';
import { TableJobs } from './jobs/job.js';
import { LoadPace } from './jobs/pace.js';
import { BatchJobSink } from './jobs/sink.js';
import { type LoadsLog, LoadsTableLog } from './loads/log.js';
import { sayFailed } from './loads/metrics.js';
import { LOADS_TABLE, LoadsTable } from './loads/table.js';
import { endStreams } from './storage-write/end-streams.js';
import { RecordedStreams } from './storage-write/records.js';
import { SharedWriteClient } from './storage-write/shared-client.js';
import { Datasets } from './table/datasets.js';
import { jobLabels } from './table/job-labels.js';
import { Note } from './table/note.js';
import { lockTable, type SpoolPaths, spoolPaths } from './table/place.js';
import { newTableRef, tableRefOf } from './table/stream-table.js';
import { TargetTable } from './table/table.js';
import type { TableRef } from './table-ref.js';
import { dropViewNamed, LatestView } from './view/keeper.js';

/** How long the end of a run waits for a view. If it takes longer, the next run creates it. */
const VIEW_MS = 30_000;

interface OpenSinkOptions {
  /** Undefined: no view is kept. */
  readonly view: LatestView | undefined;
  /** Called when nothing can be loaded into the table any more. */
  readonly failed: (error: unknown) => void;
  readonly closed: () => void;
}

/** The sink of an open table, with what else belongs to the table: its view, its place in the loader, its lock. */
class OpenSink implements Sink {
  readonly #sink: Sink;
  readonly #table: TargetTable;
  readonly #options: OpenSinkOptions;
  #keeping: Promise<void> = Promise.resolve();

  constructor(sink: Sink, table: TargetTable, options: OpenSinkOptions) {
    this.#sink = sink;
    this.#table = table;
    this.#options = options;
    this.#keepView();
  }

  async load(batch: Batch): Promise<LoadResult> {
    try {
      const result = await this.#sink.load(batch);
      this.#keepView();
      return result;
    } catch (error) {
      this.#options.failed(error);
      throw error;
    }
  }

  alter(definition: TableDefinition): Promise<void> {
    return this.#sink.alter(definition);
  }

  async close(): Promise<void> {
    try {
      await this.#sink.close();
      await within(this.#keeping, VIEW_MS);
    } finally {
      this.#options.closed();
    }
  }

  /** Keeps the view up to date. No load and no state waits for it. */
  #keepView(): void {
    const { view } = this.#options;
    if (view === undefined) return;
    const { definition, fields, plan } = this.#table;
    this.#keeping = this.#keeping.then(() => view.keep({ definition, fields, plan }));
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
  const service = await BigQueryClient.open(config, stop, waitNotices(log));
  return new BigQueryLoader({ service, config, log, stop });
}

/** Tables of BigQuery. */
export class BigQueryLoader implements Loader {
  readonly reserved = [LOADS_TABLE];
  readonly #options: LoaderOptions;
  readonly #datasets: Datasets;
  readonly #encoder = new Encoder();
  readonly #room: Room;
  readonly #writeClient: SharedWriteClient;
  readonly #loadsTable: LoadsTable;
  readonly #loads: LoadsLog;
  /** One for all tables, since an outage is the same for all. */
  readonly #onOutage: RetryPolicy['onOutage'];
  /** Stream of each open table. */
  readonly #streams = new Map<string, string>();

  constructor(options: LoaderOptions) {
    this.#options = options;
    const { service, log, config, stop } = options;
    const { labels, spool_path: spoolPath, load_log: isReporting } = config;
    this.#room = new Room({ log, stop });
    this.#datasets = new Datasets(service, log, labels);
    this.#writeClient = new SharedWriteClient(config);
    const locationOf = async (dataset: string) => (await this.#datasets.open(dataset)).location;
    this.#loadsTable = new LoadsTable({ service, labels, spoolPath, locationOf });
    this.#onOutage = waitNotices(log).onOutage;
    this.#loads = new LoadsTableLog({ table: this.#loadsTable, log, isReporting, stop });
  }

  get isUnavailable(): boolean {
    return this.#room.isOver;
  }

  async open(definition: TableDefinition): Promise<Sink> {
    const { config } = this.#options;
    const { stream } = definition;
    const ref = await this.#refOf(definition);
    const key = `${ref.dataset}.${ref.table}`;
    const other = this.#streams.get(key);
    if (other !== undefined) throw namesClash(stream, other, ref);
    this.#streams.set(key, stream);
    const paths = spoolPaths(config, ref);
    let lock: Lock | undefined;
    const leave = () => {
      this.#streams.delete(key);
      lock?.release();
    };
    try {
      lock = await lockTable(stream, ref, paths);
      return await this.#openTable(definition, ref, paths, leave);
    } catch (cause) {
      leave();
      throw tableFailed(ref, 'opened', cause);
    }
  }

  async #refOf(definition: TableDefinition): Promise<TableRef> {
    const { service, config } = this.#options;
    try {
      return await tableRefOf(service, definition, config);
    } catch (cause) {
      throw tableFailed(newTableRef(definition, config), 'opened', cause);
    }
  }

  async close(): Promise<void> {
    await this.#loads.flush();
    await this.#writeClient.close();
    await this.#encoder.close();
    await this.#options.service.close();
  }

  async #openTable(
    definition: TableDefinition,
    ref: TableRef,
    paths: SpoolPaths,
    closed: () => void,
  ): Promise<Sink> {
    const { service, config, stop } = this.#options;
    const { stream } = definition;
    const log = this.#options.log.child({ stream });
    const { location } = await this.#datasets.open(ref.dataset);
    const labels = jobLabels(config.labels, stream, ref.dataset);
    const viewContext = { service, log, labels };
    await dropViewNamed(viewContext, ref, location);
    const table = await TargetTable.open({ service, config, log }, definition, ref, { location, labels });
    const pace = await LoadPace.open(service, ref, { limit: config.daily_load_limit, log, stop });
    const timeoutMs = config.timeout * 1000;
    const retry = {
      transientMs: timeoutMs,
      quotaMs: timeoutMs,
      stop,
      ...waitNotices(log),
      onOutage: this.#onOutage,
    };
    const jobs = new TableJobs({
      service,
      table,
      pace,
      encoder: this.#encoder,
      room: this.#room,
      stream,
      loads: this.#loads,
      log,
      spoolPath: paths.spool,
      timeoutMs,
      retry,
    });
    const streams = new RecordedStreams({
      table,
      stream,
      loadsTable: this.#loadsTable,
      loads: this.#loads,
      timeoutMs,
      retry,
    });
    const sink = await this.#sink(jobs, new Note(paths.note, table), streams, retry);
    const isViewed = config.latest_view && ref.table !== REJECTED_TABLE;
    const view = isViewed ? new LatestView(viewContext, ref) : undefined;
    const failed = (error: unknown) => {
      if (error instanceof ToolkitError) sayFailed(log, stream, ref, error.code);
    };
    return new OpenSink(sink, table, { view, failed, closed });
  }

  async #sink(jobs: TableJobs, note: Note, streams: RecordedStreams, retry: RetryPolicy): Promise<Sink> {
    const { table } = jobs;
    if (this.#options.config.method === 'storage_write_api') {
      const { StorageWriteSink } = await import('./storage-write/sink.js');
      const client = await this.#writeClient.get();
      return new StorageWriteSink({ jobs, note, client, encoder: this.#encoder, streams, retry });
    }
    if (!table.definition.hasIdentity) return new BatchJobSink(jobs, note);
    // a run of the other method may have died with its write stream open
    const client = () => this.#writeClient.get();
    const taken = async () => void (await endStreams(streams, client, retry));
    const hadOthers = !table.isNew && (await endStreams(streams, client, retry)).length > 0;
    if (hadOthers) note.doubtAll(table);
    return new BatchJobSink(jobs, note, taken);
  }
}
