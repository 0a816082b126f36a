import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@tap-webhooks/singer';
import type { BigQueryService, Labels, TableRef } from '../api/service.js';
import { jobLabels } from '../table/place.js';
import { ensureLoadsTable, LOADS_FIELDS, LOADS_TABLE } from './table.js';

/** What became of rows that were loaded together: a row of `_sdc_loads`. */
export interface LoadRecord {
  /** Id of the load job, or name of the write stream. */
  readonly job: string;
  readonly stream: string;
  readonly table: TableRef;
  /** Rows that the load added. */
  readonly rows: number;
  /** Rows that the destination refused. */
  readonly rejected: number;
  /** Undefined for rows without identity. */
  readonly inbox: string | undefined;
  readonly firstPosition: number | undefined;
  readonly lastPosition: number | undefined;
  /** Lowest and highest `_sdc_sequence` of the rows, as decimal text; undefined where they have none. */
  readonly firstSequence: string | undefined;
  readonly lastSequence: string | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Keeps what was loaded, beside the tables. Never fails a load, and never holds one up. */
export interface LoadsLog {
  record(load: LoadRecord): void;
  /** Writes what has collected; resolves whatever became of it. */
  flush(): Promise<void>;
}

export interface LoadsTableOptions {
  readonly service: BigQueryService;
  readonly log: Logger;
  /** The user's own. */
  readonly labels: Labels;
  /** Folder for a file on its way. */
  readonly spoolPath: string;
  /** Where a dataset is. */
  locationOf(dataset: string): Promise<string>;
  /** Least time between two jobs of a dataset. */
  readonly intervalMs?: number;
  /** Longest time that the end of a run waits for the report of it. */
  readonly flushMs?: number;
}

/** A table takes 1,500 load jobs a day: one in five minutes is a fifth of that, and leaves room for one at each end of a run. */
const INTERVAL_MS = 300_000;
const FLUSH_MS = 60_000;
/** Kept while they cannot be written; the oldest go first. */
const MOST_RECORDS = 10_000;

/** Writes what was loaded to `_sdc_loads` of each dataset, by small load jobs. It is a report: what fails is warned of. */
export class LoadsTableLog implements LoadsLog {
  readonly #options: LoadsTableOptions;
  readonly #datasets = new Map<string, DatasetLog>();

  constructor(options: LoadsTableOptions) {
    this.#options = options;
  }

  record(load: LoadRecord): void {
    const { dataset } = load.table;
    let own = this.#datasets.get(dataset);
    if (own === undefined) {
      own = new DatasetLog(dataset, this.#options);
      this.#datasets.set(dataset, own);
    }
    own.add(load);
  }

  async flush(): Promise<void> {
    const { flushMs = FLUSH_MS, log } = this.#options;
    const limit = new AbortController();
    const late = sleep(flushMs, 'late', { signal: limit.signal }).catch(() => undefined);
    const done = Promise.all([...this.#datasets.values()].map((own) => own.flush()));
    if ((await Promise.race([done, late])) === 'late')
      log.warn(`${LOADS_TABLE} could not be written in time: the report of the last loads is missing there`);
    limit.abort();
  }
}

/** The `_sdc_loads` of one dataset. One job at a time. */
class DatasetLog {
  readonly #dataset: string;
  readonly #options: LoadsTableOptions;
  #records: LoadRecord[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataset: string, options: LoadsTableOptions) {
    this.#dataset = dataset;
    this.#options = options;
  }

  add(load: LoadRecord): void {
    this.#records.push(load);
    if (this.#records.length > MOST_RECORDS) this.#records.shift();
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.intervalMs ?? INTERVAL_MS).unref();
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const records = this.#records;
    if (records.length === 0) return;
    this.#records = [];
    try {
      await this.#load(records.map(rowOf).join(''));
    } catch (cause) {
      this.#records = [...records, ...this.#records].slice(-MOST_RECORDS); // with the next ones
      const why =
        cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ').slice(0, 300) : String(cause);
      this.#options.log.warn(
        { dataset: this.#dataset },
        `${LOADS_TABLE} could not be written; rows are loaded all the same: ${why}`,
      );
    }
  }

  async #load(lines: string): Promise<void> {
    const { service, spoolPath, locationOf } = this.#options;
    const id = `sdc_loads_${randomUUID()}`;
    const path = join(spoolPath, `${id}.ndjson`);
    const labels = this.#labels();
    await ensureLoadsTable(service, this.#dataset, labels);
    await mkdir(spoolPath, { recursive: true });
    await writeFile(path, lines, { mode: 0o600 });
    try {
      const location = await locationOf(this.#dataset);
      const spec = {
        id,
        table: { dataset: this.#dataset, table: LOADS_TABLE },
        location,
        fields: LOADS_FIELDS,
        maxBadRecords: 0,
        labels,
      };
      const made = await service.insertLoadJob(spec, { path, size: Buffer.byteLength(lines) });
      const { failure } = await service.waitForJob(made, INTERVAL_MS);
      if (failure) throw new Error(`${failure.reason}: ${failure.message}`);
    } finally {
      await rm(path, { force: true });
    }
  }

  #labels(): Labels {
    return jobLabels(this.#options.labels, LOADS_TABLE, this.#dataset);
  }
}

/** A row of the table, with its line end. Names of write streams are paths in the project; ids of jobs have no slash. */
function rowOf(load: LoadRecord): string {
  const row = {
    job: load.job,
    method: load.job.includes('/') ? 'storage_write_api' : 'batch_job',
    event: 'loaded',
    stream: load.stream,
    table_name: load.table.table,
    rows: load.rows,
    rejected: load.rejected,
    inbox: load.inbox,
    first_position: load.firstPosition,
    last_position: load.lastPosition,
    first_sequence: load.firstSequence,
    last_sequence: load.lastSequence,
    started_at: new Date(load.startedAt).toISOString(),
    finished_at: new Date(load.finishedAt).toISOString(),
  };
  return `${JSON.stringify(row)}\n`;
}
