import type { FencedTable } from '../load/fence.js';
import { LOADS_TABLE } from '../warehouse/loads-table.js';
import { type RecordsPlace, type StreamRecord, writeRecords } from './stream-records.js';

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
    const { table, spoolPath, timeoutMs } = this.#options;
    const { service, ref, location, labels } = table;
    return { service, dataset: ref.dataset, location, labels, spoolPath, timeoutMs };
  }

  #record(job: string, event: StreamRecord['event']): StreamRecord {
    const { stream, table } = this.#options;
    return { job, event, stream, table: table.ref.table };
  }
}
