import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from '@tap-webhooks/singer';
import { type RetryPolicy, withRetry } from '../api/retry.js';
import type { BigQueryService, Labels, UploadFile } from '../api/service.js';
import { removeSpool } from '../jobs/spool.js';
import { ensureLoadsTable, LOADS_FIELDS, LOADS_TABLE } from '../loads/table.js';
import { isKind, jobError } from '../service-error.js';
import type { FencedTable } from '../table/fence.js';

/** How long the end of a run waits for them. */
const MOST_MS = 60_000;

interface DatasetEndings {
  readonly place: RecordsPlace;
  readonly log: Logger;
  readonly records: StreamRecord[];
}

/**
 * Streams that were ended at the end of a run, of all tables: those of a dataset are recorded by one load job together, since
 * `_sdc_loads` takes 1,500 a day as any table does.
 */
export class StreamEndings {
  readonly #datasets = new Map<string, DatasetEndings>();

  add(place: RecordsPlace, record: StreamRecord, log: Logger): void {
    const own = this.#datasets.get(place.dataset);
    if (own) own.records.push(record);
    else this.#datasets.set(place.dataset, { place, log, records: [record] });
  }

  /** Writes what has collected; resolves whatever became of it. */
  async flush(): Promise<void> {
    const all = [...this.#datasets.values()];
    this.#datasets.clear();
    await Promise.all(all.map(write));
  }
}

async function write({ place, log, records }: DatasetEndings): Promise<void> {
  // the tables are not locked any more, so their files may be another process's
  const spoolPath = join(dirname(place.spoolPath), `sdc_streams_${randomUUID()}.ndjson`);
  const labels = { ...place.labels, stream: LOADS_TABLE };
  const timeoutMs = Math.min(place.timeoutMs, MOST_MS);
  const retry = { ...place.retry, transientMs: timeoutMs, quotaMs: timeoutMs };
  try {
    await writeRecords({ ...place, spoolPath, labels, timeoutMs, retry }, records);
  } catch {
    log.warn(
      { dataset: place.dataset },
      'that write streams were ended could not be recorded: the next run ends them once more',
    );
  }
}

/** What is recorded of a write stream: a row of `_sdc_loads`. */
export interface StreamRecord {
  /** Its name. */
  readonly job: string;
  readonly event: 'stream_opened' | 'stream_finalized';
  /** Singer stream. */
  readonly stream: string;
  readonly table: string;
}

/** Where the records of a dataset go. */
export interface RecordsPlace {
  readonly service: BigQueryService;
  readonly dataset: string;
  readonly location: string;
  readonly labels: Labels;
  /** Path of the file that records are uploaded from. */
  readonly spoolPath: string;
  /** How long one job may take. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

/** Writes records, all by one load job: what a job has loaded, queries see. Resolves when every other process can see them. */
export async function writeRecords(place: RecordsPlace, records: readonly StreamRecord[]): Promise<void> {
  const { spoolPath, retry } = place;
  await ensureLoadsTable(place.service, place.dataset, place.labels);
  const now = new Date().toISOString();
  const lines = records.map(({ table, ...record }) => {
    const row = {
      ...record,
      method: 'storage_write_api',
      table_name: table,
      started_at: now,
      finished_at: now,
    };
    return `${JSON.stringify(row)}\n`;
  });
  const text = lines.join('');
  await mkdir(dirname(spoolPath), { recursive: true });
  await writeFile(spoolPath, text, { mode: 0o600 });
  try {
    await withRetry(() => load(place, { path: spoolPath, size: Buffer.byteLength(text) }), retry);
  } finally {
    await removeSpool(spoolPath);
  }
}

/** A row that stands there twice does no harm, so a job that failed is simply made anew. */
async function load(
  { service, dataset, location, labels, timeoutMs }: RecordsPlace,
  file: UploadFile,
): Promise<void> {
  const id = `sdc_streams_${randomUUID()}`;
  const table = { dataset, table: LOADS_TABLE };
  const spec = { id, table, location, fields: LOADS_FIELDS, maxBadRecords: 0, labels };
  const made = await service.insertLoadJob(spec, file).catch((error) => {
    if (!isKind(error, 'duplicate')) throw error;
    return { id, location }; // the id is our own: so is the job, though its answer was lost
  });
  const { failure } = await service.waitForJob(made, timeoutMs);
  if (failure) throw jobError(failure);
}

/** A write stream that may still be appended to. */
export interface OpenStream {
  readonly name: string;
  /** When it was recorded, by the clock of the process that made it; epoch ms. */
  readonly openedAt: number;
}

/**
 * Which write streams of a table may still be appended to. It is kept in the dataset itself, so that a successor on another
 * machine can end them: what a process sent before it died may still come in.
 */
export interface OpenStreams {
  /** Others find the streams, and may end them. */
  readonly isRecorded: boolean;
  /** Resolves when every other process can see it: nothing may be appended before. */
  opened(stream: string): Promise<void>;
  /** Nothing can be appended to it any more. Resolves when every other process can see it. */
  finalized(streams: readonly string[]): Promise<void>;
  /** The same, but others see it at the end of the run only: until then, whoever looks ends the stream once more. */
  finalizedLater(stream: string): void;
  /** The table's streams that are recorded as open, in no order. */
  open(): Promise<readonly OpenStream[]>;
}

/** For a table whose streams nobody has to end. */
export const UNRECORDED: OpenStreams = {
  isRecorded: false,
  async opened() {},
  async finalized() {},
  finalizedLater() {},
  async open() {
    return [];
  },
};

export interface RecordedStreamsOptions {
  readonly table: FencedTable;
  /** Of the Singer stream. */
  readonly stream: string;
  /** Path of the file that a record is uploaded from. */
  readonly spoolPath: string;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Takes what may be recorded at the end of the run. */
  readonly later?: (place: RecordsPlace, record: StreamRecord) => void;
}

/** Records streams in `_sdc_loads`, each by a load job of its own. */
export class RecordedStreams implements OpenStreams {
  readonly isRecorded = true;
  readonly #options: RecordedStreamsOptions;
  #isTableThere = false;

  constructor(options: RecordedStreamsOptions) {
    this.#options = options;
  }

  async opened(stream: string): Promise<void> {
    await writeRecords(this.#place, [this.#record(stream, 'stream_opened')]);
  }

  async finalized(streams: readonly string[]): Promise<void> {
    if (streams.length === 0) return;
    const records = streams.map((stream) => this.#record(stream, 'stream_finalized'));
    await writeRecords(this.#place, records);
  }

  finalizedLater(stream: string): void {
    this.#options.later?.(this.#place, this.#record(stream, 'stream_finalized'));
  }

  async open(): Promise<readonly OpenStream[]> {
    const { service, ref, location, labels } = this.#options.table;
    if (!(await this.#isThere())) return [];
    const sql =
      `SELECT job, MIN(started_at) FROM \`${service.project}.${ref.dataset}.${LOADS_TABLE}\`` +
      ' WHERE table_name = @table AND event IN UNNEST(@events)' +
      " GROUP BY job HAVING COUNTIF(event = 'stream_finalized') = 0";
    const { rows } = await service.query(
      sql,
      {
        table: { type: 'STRING', value: ref.table },
        events: { type: 'STRING', values: ['stream_opened', 'stream_finalized'] },
      },
      { location, labels },
    );
    // a TIMESTAMP comes in seconds
    return rows.map(([name, seconds]) => ({ name: name as string, openedAt: Number(seconds) * 1000 }));
  }

  async #isThere(): Promise<boolean> {
    const { service, ref } = this.#options.table;
    this.#isTableThere ||=
      (await service.getTable({ dataset: ref.dataset, table: LOADS_TABLE })) !== undefined;
    return this.#isTableThere;
  }

  get #place(): RecordsPlace {
    const { table, spoolPath, timeoutMs, retry } = this.#options;
    const { service, ref, location, labels } = table;
    return { service, dataset: ref.dataset, location, labels, spoolPath, timeoutMs, retry };
  }

  #record(job: string, event: StreamRecord['event']): StreamRecord {
    const { stream, table } = this.#options;
    return { job, event, stream, table: table.ref.table };
  }
}
