import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@tap-webhooks/singer';
import { type RetryPolicy, withRetry } from '../api/retry.js';
import type { BigQueryService, Labels, LoadJobSpec, UploadFile } from '../api/service.js';
import { isKind, jobError } from '../api/service-error.js';
import type { Field } from '../columns/types.js';
import { jobLabels } from '../table/job-labels.js';

/** One in each dataset that is loaded into. */
export const LOADS_TABLE = '_sdc_loads';

const column = (name: string, type: Field['type'], description: string): Field => ({
  name,
  type,
  mode: 'NULLABLE',
  description,
});

export const LOADS_FIELDS: readonly Field[] = [
  column('job', 'STRING', 'Id of the load job, or name of the write stream.'),
  column('method', 'STRING', 'batch_job or storage_write_api.'),
  column('event', 'STRING', 'loaded, stream_opened or stream_finalized.'),
  column('stream', 'STRING', 'Singer stream.'),
  column('table_name', 'STRING', 'Table of this dataset.'),
  column('rows', 'INTEGER', 'Rows that were added.'),
  column('rejected', 'INTEGER', 'Rows that BigQuery refused.'),
  column('inbox', 'STRING', '_sdc_inbox of the rows.'),
  column('first_position', 'INTEGER', 'Lowest _sdc_position.'),
  column('last_position', 'INTEGER', 'Highest _sdc_position.'),
  column('first_sequence', 'INTEGER', 'Lowest _sdc_sequence.'),
  column('last_sequence', 'INTEGER', 'Highest _sdc_sequence.'),
  column('started_at', 'TIMESTAMP', 'When loading began.'),
  column('finished_at', 'TIMESTAMP', 'When the rows were there.'),
  column(
    'values_diverted',
    'INTEGER',
    'Values that the column of their field does not hold: they are in another one.',
  ),
];

/** A row of the table, by its columns. */
export interface LoadsRow {
  readonly job: string;
  readonly method: 'batch_job' | 'storage_write_api';
  readonly event: 'loaded' | 'stream_opened' | 'stream_finalized';
  readonly stream: string;
  readonly table_name: string;
  readonly rows?: number;
  readonly rejected?: number;
  readonly inbox?: string | undefined;
  readonly first_position?: number | undefined;
  readonly last_position?: number | undefined;
  /** Decimal text. */
  readonly first_sequence?: string | undefined;
  readonly last_sequence?: string | undefined;
  /** RFC 3339. */
  readonly started_at: string;
  readonly finished_at: string;
  readonly values_diverted?: number;
}

export interface LoadsTableOptions {
  readonly service: BigQueryService;
  /** The user's own. */
  readonly labels: Labels;
  /** Folder for a file on its way. */
  readonly spoolPath: string;
  /** Where a dataset is. */
  locationOf(dataset: string): Promise<string>;
}

/** The only writer of `_sdc_loads`, in all datasets of a run. */
export class LoadsTable {
  readonly #options: LoadsTableOptions;

  constructor(options: LoadsTableOptions) {
    this.#options = options;
  }

  /**
   * Adds rows to the table of a dataset, all by one load job; creates the table when it is absent. Resolves when every other
   * process can see them: queries see what a job has loaded. A row that is there twice does no harm, so a job that failed is
   * simply followed by another one.
   * @param timeoutMs how long one job may take.
   * @throws ServiceError; what the file system says.
   */
  async add(
    dataset: string,
    rows: readonly LoadsRow[],
    { timeoutMs, retry }: { readonly timeoutMs: number; readonly retry: RetryPolicy },
  ): Promise<void> {
    const { service, spoolPath, locationOf } = this.#options;
    const labels = jobLabels(this.#options.labels, LOADS_TABLE, dataset);
    await ensureLoadsTable(service, dataset, labels);
    const location = await locationOf(dataset);
    const table = { dataset, table: LOADS_TABLE };
    const spec = { table, location, fields: LOADS_FIELDS, maxBadRecords: 0, labels };
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const path = join(spoolPath, `sdc_loads_${randomUUID()}.ndjson`);
    await makeFolder(spoolPath, { mode: 0o700 });
    await writeFile(path, text, { mode: 0o600 });
    try {
      const file = { path, size: Buffer.byteLength(text) };
      await withRetry(() => load(service, spec, file, timeoutMs), retry);
    } finally {
      await rm(path, { force: true });
    }
  }
}

async function load(
  service: BigQueryService,
  spec: Omit<LoadJobSpec, 'id'>,
  file: UploadFile,
  timeoutMs: number,
): Promise<void> {
  const id = `sdc_loads_${randomUUID()}`;
  const made = await service.insertLoadJob({ ...spec, id }, file).catch((error) => {
    if (!isKind(error, 'duplicate')) throw error;
    return { id, location: spec.location }; // the id is our own: so is the job, though its answer was lost
  });
  const { failure } = await service.waitForJob(made, timeoutMs);
  if (failure) throw jobError(failure);
}

async function ensureLoadsTable(service: BigQueryService, dataset: string, labels: Labels): Promise<void> {
  const ref = { dataset, table: LOADS_TABLE };
  if (await service.getTable(ref)) return;
  await service.createTable(ref, {
    fields: LOADS_FIELDS,
    timePartitioning: { type: 'MONTH', field: 'finished_at' },
    labels,
    description: 'What target-bigquery loaded into the tables of this dataset.',
  });
}
