import type { Batch, LoadResult, Sink, TableDefinition } from '@tap-webhooks/target-core';
import type { RetryPolicy } from '../api/retry.js';
import type { Encoder } from '../encode/encoder.js';
import { tableFailed } from '../errors.js';
import type { TableJobs, Tally } from '../jobs/job.js';
import { writeOrder } from '../jobs/order.js';
import type { Note } from '../table/note.js';
import { AppendOnce } from './append-once.js';
import { appendOthers } from './append-others.js';
import { ABSENT_MS } from './end-streams.js';
import { type Loading, TableFormats } from './loading.js';
import { OwnStream } from './own-stream.js';
import { type OpenStreams, UNRECORDED } from './records.js';
import type { WriteClient } from './write-client.js';

/** Bytes of requests that are sent before earlier ones are answered. */
const IN_FLIGHT_BYTES = 2 * 1024 * 1024;
/** How long another process may take to record that it ended a write stream, at most. */
const RECORD_MS = 60_000;

export interface StorageWriteOptions {
  readonly jobs: TableJobs;
  /** Is not kept on disk: an append need not change the table's time, which the file counts on. */
  readonly note: Note;
  /** Shared by all tables; neither is closed here. */
  readonly client: WriteClient;
  readonly encoder: Encoder;
  /** Where write streams are recorded. */
  readonly streams: OpenStreams;
  readonly retry: RetryPolicy;
}

/** Loads batches through the Storage Write API, one at a time: rows with identity once, others at least once. */
export class StorageWriteSink implements Sink {
  readonly #loading: Loading;

  constructor({ jobs, note, client, encoder, streams, retry }: StorageWriteOptions) {
    const { table, log } = jobs;
    const writeStream = new OwnStream({
      client,
      table,
      // rows without identity may be loaded twice, so nobody has to know of their write stream
      streams: table.definition.hasIdentity ? streams : UNRECORDED,
      log,
      retry,
      inFlightBytes: IN_FLIGHT_BYTES,
      absentMs: ABSENT_MS,
      recordMs: Math.min(RECORD_MS, retry.transientMs),
    });
    this.#loading = { jobs, note, writeStream, formats: new TableFormats(), encoder, begun: new Set() };
  }

  async load(batch: Batch): Promise<LoadResult> {
    const loading = { ...this.#loading, batch };
    try {
      const { inboxes, others, duplicates } = writeOrder(batch.rows);
      const total = { loaded: 0, skipped: duplicates, refused: [] as Tally['refused'] };
      for (const own of inboxes) {
        const { loaded, refused } = await new AppendOnce(loading, own).load();
        total.loaded += loaded;
        total.refused.push(...refused);
        total.skipped += own.rows.length - loaded - refused.length;
      }
      const tally = await appendOthers(loading, others);
      total.loaded += tally.loaded;
      total.refused.push(...tally.refused);
      return { ...total, ...this.#loading.jobs.diverted.take() };
    } catch (cause) {
      throw tableFailed(this.#loading.jobs.table.ref, 'loaded', cause);
    }
  }

  async alter(definition: TableDefinition): Promise<void> {
    this.#loading.jobs.table.alter(definition);
  }

  /** A write stream that cannot be ended now is ended by the next process that loads into the table. */
  async close(): Promise<void> {
    const { jobs, writeStream } = this.#loading;
    await jobs.close();
    try {
      await writeStream.close(true);
    } catch {
      jobs.log.warn('the write stream could not be ended: the next run does it');
    }
  }
}
