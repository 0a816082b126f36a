import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FencedTable } from '../load/fence.js';
import { removeSpool } from '../load/spool.js';
import { kindOfJobFailure } from '../service/retry.js';
import type { TableRef, UploadFile } from '../service/service.js';
import { isKind, ServiceError } from '../service/service-error.js';
import { ensureLoadsTable, LOADS_FIELDS, LOADS_TABLE } from '../warehouse/loads-table.js';
import { patiently } from './patience.js';

/**
 * Which write streams of a table may still be appended to. It is kept in the dataset itself, so that a successor on another
 * machine can end them: what a process sent before it died may still come in.
 */
export interface OpenStreams {
  /** Resolves when every other process can see it: nothing may be appended before. */
  opened(stream: string): Promise<void>;
  /** Nothing can be appended to it any more. Resolves when every other process can see it. */
  finalized(streams: readonly string[]): Promise<void>;
  /** Names of the table's streams that are recorded as open, in no order. */
  open(): Promise<readonly string[]>;
}

/** For a table whose streams nobody has to end. */
export const UNRECORDED: OpenStreams = {
  async opened() {},
  async finalized() {},
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
}

type Event = 'stream_opened' | 'stream_finalized';

/** Records streams as rows of `_sdc_loads`, each by a load job of its own: what a job has loaded, queries see. */
export class RecordedStreams implements OpenStreams {
  readonly #options: RecordedStreamsOptions;
  #isTableThere = false;

  constructor(options: RecordedStreamsOptions) {
    this.#options = options;
  }

  async opened(stream: string): Promise<void> {
    await this.#record([stream], 'stream_opened');
  }

  async finalized(streams: readonly string[]): Promise<void> {
    await this.#record(streams, 'stream_finalized');
  }

  async open(): Promise<readonly string[]> {
    const { service, ref, location, labels } = this.#options.table;
    if (!(await this.#isThere())) return [];
    const sql =
      `SELECT job, event FROM \`${service.project}.${ref.dataset}.${LOADS_TABLE}\`` +
      ' WHERE table_name = @table AND event IN UNNEST(@events)';
    const { rows } = await service.query(
      sql,
      {
        table: { type: 'STRING', value: ref.table },
        events: { type: 'STRING', values: ['stream_opened', 'stream_finalized'] },
      },
      { location, labels },
    );
    const ended = new Set(rows.filter(([, event]) => event === 'stream_finalized').map(([name]) => name));
    const open = rows.filter(([name, event]) => event === 'stream_opened' && !ended.has(name as string));
    return [...new Set(open.map(([name]) => name as string))];
  }

  async #isThere(): Promise<boolean> {
    const { service, ref } = this.#options.table;
    this.#isTableThere ||=
      (await service.getTable({ dataset: ref.dataset, table: LOADS_TABLE })) !== undefined;
    return this.#isTableThere;
  }

  async #ensureTable(): Promise<void> {
    if (this.#isTableThere) return;
    const { service, ref, labels } = this.#options.table;
    await ensureLoadsTable(service, ref.dataset, labels);
    this.#isTableThere = true;
  }

  async #record(streams: readonly string[], event: Event): Promise<void> {
    if (streams.length === 0) return;
    const { table, stream, spoolPath, timeoutMs } = this.#options;
    await this.#ensureTable();
    const now = new Date().toISOString();
    const lines = streams.map((job) => {
      const row = { job, method: 'storage_write_api', event, stream, table_name: table.ref.table };
      return `${JSON.stringify({ ...row, started_at: now, finished_at: now })}\n`;
    });
    const text = lines.join('');
    await mkdir(dirname(spoolPath), { recursive: true });
    await writeFile(spoolPath, text, { mode: 0o600 });
    try {
      await patiently(() => this.#load({ path: spoolPath, size: Buffer.byteLength(text) }), timeoutMs);
    } finally {
      await removeSpool(spoolPath);
    }
  }

  /** A row that stands there twice does no harm, so a job that failed is simply made anew. */
  async #load(file: UploadFile): Promise<void> {
    const { table, timeoutMs } = this.#options;
    const { service, location, labels } = table;
    const id = `sdc_streams_${randomUUID()}`;
    const loads: TableRef = { dataset: table.ref.dataset, table: LOADS_TABLE };
    const spec = { id, table: loads, location, fields: LOADS_FIELDS, maxBadRecords: 0, labels };
    const made = await service.insertLoadJob(spec, file).catch((error) => {
      if (!isKind(error, 'duplicate')) throw error;
      return { id, location }; // the id is our own: so is the job, though its answer was lost
    });
    const { failure } = await service.waitForJob(made, timeoutMs);
    if (failure)
      throw new ServiceError(kindOfJobFailure(failure.reason), 200, failure.reason, failure.message);
  }
}
