import type { Batch, LoadResult, Sink, TableDefinition } from '@tap-webhooks/target-core';
import { tableFailed } from '../errors.js';
import { type PieceContext, retryOf, type Tally } from '../jobs/job.js';
import { BatchRows, writeOrder } from '../jobs/order.js';
import { removeSpool } from '../jobs/spool.js';
import type { Note } from '../table/note.js';
import { AppendOnce } from './append-once.js';
import { appendOthers } from './append-others.js';
import type { Storage } from './connect.js';
import { ABSENT_MS } from './end-streams.js';
import type { Loading } from './loading.js';
import { OwnStream } from './own-stream.js';
import { RecordedStreams, type RecordedStreamsOptions, UNRECORDED } from './records.js';
import { TableFormats } from './requests.js';

/** Limits that tests make smaller. */
export interface StorageLimits {
  /** Bytes of a request. */
  readonly requestBytes?: number;
  /** Bytes that are under way and not acknowledged. */
  readonly inFlightBytes?: number;
  /** How long a new stream may seem to be absent, in ms. */
  readonly absentMs?: number;
}

const IN_FLIGHT_BYTES = 2 * 1024 * 1024;
const RECORD_MS = 60_000;

/** Loads batches through the Storage Write API, one at a time: rows with identity once, others at least once. */
export class StorageWriteSink implements Sink {
  readonly #loading: Loading;

  /**
   * @param note is not kept on disk: an append need not change the table's time, which it counts on.
   * @param storage shared by all tables; it is not closed here.
   */
  constructor(context: PieceContext, note: Note, storage: Storage, limits: StorageLimits = {}) {
    const { client, cutter, endings } = storage;
    const { table, log, stream, timeoutMs, spoolPath } = context;
    const retry = retryOf(context);
    // rows without identity may come in twice, so nobody has to know of their stream
    const isRecorded = table.definition.hasIdentity;
    const later: RecordedStreamsOptions['later'] = (place, record) => endings.add(place, record, log);
    const options = { table, stream, timeoutMs, retry, spoolPath: `${spoolPath}.streams`, later };
    const streams = isRecorded ? new RecordedStreams(options) : UNRECORDED;
    this.#loading = {
      context,
      note,
      stream: new OwnStream({
        client,
        table,
        streams,
        log,
        retry,
        inFlightBytes: limits.inFlightBytes ?? IN_FLIGHT_BYTES,
        absentMs: limits.absentMs ?? ABSENT_MS,
        recordMs: Math.min(RECORD_MS, timeoutMs),
      }),
      formats: new TableFormats(limits.requestBytes),
      cutter,
      begun: new Set(),
    };
  }

  async load(batch: Batch): Promise<LoadResult> {
    const { context } = this.#loading;
    const loading = { ...this.#loading, context: { ...context, batch: new BatchRows(batch) } };
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
      return total;
    } catch (cause) {
      throw tableFailed(context.table.ref, 'loaded', cause);
    }
  }

  async alter(definition: TableDefinition): Promise<void> {
    this.#loading.context.table.alter(definition);
  }

  /** A stream that cannot be ended now is ended by whoever loads into the table next. */
  async close(): Promise<void> {
    const { context, stream } = this.#loading;
    await removeSpool(context.spoolPath);
    try {
      await stream.close(true);
    } catch {
      context.log.warn(
        { stream: context.stream },
        'the write stream could not be ended: the next run does it',
      );
    }
  }
}
