import { type Logger, within } from '@tap-webhooks/singer';
import { saidBy } from '../errors.js';
import { type LoadRecord, sayLoaded } from './metrics.js';
import { LOADS_TABLE, type LoadsRow, type LoadsTable } from './table.js';

/** Rows of `_sdc_loads` that nobody waits for. It never fails a load, and never delays one. */
export interface LoadsLog {
  /** Notes a load that is done. */
  record(load: LoadRecord): void;
  /** Adds a row to the table of a dataset, at the end of the run at the latest. */
  later(dataset: string, row: LoadsRow): void;
  /** Writes what has collected; never rejects. */
  flush(): Promise<void>;
}

export interface LoadsTableLogOptions {
  readonly table: Pick<LoadsTable, 'add'>;
  readonly log: Logger;
  /** Loads become rows of the table, not only METRIC lines. */
  readonly isReporting: boolean;
  readonly stop: AbortSignal | undefined;
  /** Least time between two jobs of a dataset. */
  readonly intervalMs?: number;
  /** Longest time that the end of a run waits for the report of it. */
  readonly flushMs?: number;
}

/** A table takes 1,500 load jobs per day: one in five minutes is a fifth of that, which leaves room for one at each end of a run. */
const INTERVAL_MS = 300_000;
const FLUSH_MS = 60_000;
/** Rows that are kept while they cannot be written; the oldest go first. */
const MOST_ROWS = 10_000;

/** Writes what was loaded to `_sdc_loads` of each dataset, by small load jobs. It is a report: what fails is warned of. */
export class LoadsTableLog implements LoadsLog {
  readonly #options: LoadsTableLogOptions;
  readonly #datasets = new Map<string, DatasetLog>();

  constructor(options: LoadsTableLogOptions) {
    this.#options = options;
  }

  record(load: LoadRecord): void {
    sayLoaded(this.#options.log, load);
    if (this.#options.isReporting) this.later(load.table.dataset, rowOf(load));
  }

  later(dataset: string, row: LoadsRow): void {
    let own = this.#datasets.get(dataset);
    if (own === undefined) {
      own = new DatasetLog(dataset, this.#options);
      this.#datasets.set(dataset, own);
    }
    own.add(row);
  }

  async flush(): Promise<void> {
    const { flushMs = FLUSH_MS, log } = this.#options;
    const all = [...this.#datasets.values()].map((own) => own.flush(flushMs));
    const done = Promise.all(all).then(() => true);
    if (!(await within(done, flushMs)))
      log.warn(`${LOADS_TABLE} could not be written in time: the report of the last loads is missing there`);
  }
}

/** The `_sdc_loads` of one dataset. One job at a time. */
class DatasetLog {
  readonly #dataset: string;
  readonly #options: LoadsTableLogOptions;
  #rows: LoadsRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataset: string, options: LoadsTableLogOptions) {
    this.#dataset = dataset;
    this.#options = options;
  }

  add(row: LoadsRow): void {
    this.#rows.push(row);
    if (this.#rows.length > MOST_ROWS) this.#rows.shift();
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.intervalMs ?? INTERVAL_MS).unref();
  }

  /** @param retryMs how long failed jobs are followed by others; without it the next attempt comes with the next rows. */
  flush(retryMs = 0): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write(retryMs));
    return this.#writing;
  }

  async #write(retryMs: number): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    const { table, log, stop } = this.#options;
    try {
      const retry = { transientMs: retryMs, quotaMs: 0, stop };
      await table.add(this.#dataset, rows, { timeoutMs: INTERVAL_MS, retry });
    } catch (cause) {
      this.#rows = [...rows, ...this.#rows].slice(-MOST_ROWS);
      log.warn(
        { dataset: this.#dataset },
        `${LOADS_TABLE} could not be written; rows are loaded all the same: ${saidBy(cause)}`,
      );
    }
  }
}

/** Names of write streams are paths in the project; ids of jobs have no slash. */
function rowOf(load: LoadRecord): LoadsRow {
  return {
    job: load.job,
    method: load.job.includes('/') ? 'storage_write_api' : 'batch_job',
    event: 'loaded',
    stream: load.stream,
    table_name: load.table.table,
    rows: load.rows,
    rejected: load.rejected,
    values_diverted: load.diverted,
    inbox: load.inbox,
    first_position: load.firstPosition,
    last_position: load.lastPosition,
    first_sequence: load.firstSequence,
    last_sequence: load.lastSequence,
    started_at: new Date(load.startedAt).toISOString(),
    finished_at: new Date(load.finishedAt).toISOString(),
  };
}
