import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeSpool } from '../load/spool.js';
import { kindOfJobFailure } from '../service/retry.js';
import type { BigQueryService, Labels, UploadFile } from '../service/service.js';
import { isKind, ServiceError } from '../service/service-error.js';
import { ensureLoadsTable, LOADS_FIELDS, LOADS_TABLE } from '../warehouse/loads-table.js';
import { patiently } from './patience.js';

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
  readonly timeoutMs: number;
}

/** Writes records, all by one load job: what a job has loaded, queries see. Resolves when every other process can see them. */
export async function writeRecords(place: RecordsPlace, records: readonly StreamRecord[]): Promise<void> {
  const { spoolPath, timeoutMs } = place;
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
    await patiently(() => load(place, { path: spoolPath, size: Buffer.byteLength(text) }), timeoutMs);
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
  if (failure) throw new ServiceError(kindOfJobFailure(failure.reason), 200, failure.reason, failure.message);
}
