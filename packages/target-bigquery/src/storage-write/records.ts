import type { RetryPolicy } from '../api/retry.js';
import { quotedTable } from '../api/sql.js';
import type { LoadsLog } from '../loads/log.js';
import { LOADS_TABLE, type LoadsRow, type LoadsTable } from '../loads/table.js';
import type { FencedTable } from '../table/fence.js';

/** A write stream that may still be appended to. */
export interface OpenStream {
  readonly name: string;
  /** When it was recorded, by the clock of the process that created it; epoch ms. */
  readonly openedAt: number;
}

/**
 * Which write streams of a table may still be appended to. It is kept in the dataset itself, so that a successor on another
 * machine can end them: what a process sent before it died may still arrive.
 */
export interface OpenStreams {
  /** Others find the write streams, and may end them. */
  readonly isRecorded: boolean;
  /** Resolves when every other process can see it: nothing may be appended before. */
  opened(writeStream: string): Promise<void>;
  /** Nothing can be appended to them any more. Resolves when every other process can see it. */
  finalized(writeStreams: readonly string[]): Promise<void>;
  /** The same, but others see it at the end of the run only: until then, a process that looks ends the write stream once more. */
  finalizedLater(writeStream: string): void;
  /** The table's write streams that are recorded as open, in no order. */
  open(): Promise<readonly OpenStream[]>;
}

/** For a table whose write streams nobody has to end. */
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
  /** Singer stream. */
  readonly stream: string;
  /** Writes records that others have to see at once. */
  readonly loadsTable: Pick<LoadsTable, 'add'>;
  /** Takes records that may be written at the end of the run, those of all tables of a dataset together. */
  readonly loads: Pick<LoadsLog, 'later'>;
  /** How long one job may take. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

/** Records write streams in `_sdc_loads`. */
export class RecordedStreams implements OpenStreams {
  readonly isRecorded = true;
  readonly #options: RecordedStreamsOptions;
  #hasTable = false;

  constructor(options: RecordedStreamsOptions) {
    this.#options = options;
  }

  opened(writeStream: string): Promise<void> {
    return this.#add([this.#row(writeStream, 'stream_opened')]);
  }

  async finalized(writeStreams: readonly string[]): Promise<void> {
    if (writeStreams.length === 0) return;
    await this.#add(writeStreams.map((writeStream) => this.#row(writeStream, 'stream_finalized')));
  }

  finalizedLater(writeStream: string): void {
    const { loads, table } = this.#options;
    loads.later(table.ref.dataset, this.#row(writeStream, 'stream_finalized'));
  }

  async open(): Promise<readonly OpenStream[]> {
    const { service, ref, location, labels } = this.#options.table;
    const loads = { dataset: ref.dataset, table: LOADS_TABLE };
    this.#hasTable ||= (await service.getTable(loads)) !== undefined;
    if (!this.#hasTable) return [];
    const sql =
      `SELECT job, MIN(started_at) FROM ${quotedTable(service.project, loads)}` +
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
    // the service sends a TIMESTAMP in seconds
    return rows.map(([name, seconds]) => ({ name: name as string, openedAt: Number(seconds) * 1000 }));
  }

  #add(rows: readonly LoadsRow[]): Promise<void> {
    const { table, loadsTable, timeoutMs, retry } = this.#options;
    return loadsTable.add(table.ref.dataset, rows, { timeoutMs, retry });
  }

  #row(job: string, event: 'stream_opened' | 'stream_finalized'): LoadsRow {
    const { stream, table } = this.#options;
    const now = new Date().toISOString();
    const method = 'storage_write_api';
    return { job, method, event, stream, table_name: table.ref.table, started_at: now, finished_at: now };
  }
}
