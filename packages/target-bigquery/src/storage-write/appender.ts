import type { Logger } from '@tap-webhooks/singer';
import type { BatchRow } from '@tap-webhooks/target-core';
import { Retry, type RetryPolicy } from '../api/retry.js';
import type { Tally } from '../jobs/job.js';
import type { Descriptor } from '../rows/proto-descriptor.js';
import type { RequestRows, RequestSource } from './requests.js';
import { type Appended, CODE, type WriteClient, type WriteConnection, WriteError } from './write-client.js';

/**
 * Why appending ended early; rows that were not acknowledged are not in the write stream, or unknown.
 * - `schema`: the service does not know a column of the table yet
 * - `gone`: the write stream does not exist any more, or lacks rows that it acknowledged
 * - `finalized`: somebody ended the write stream
 * - `taken`: a load job turned out to belong to another process, and may have loaded any of the rows
 */
export type StopReason = 'schema' | 'gone' | 'finalized' | 'taken';

export class AppendStopped extends Error {
  readonly reason: StopReason;
  /** Some of what was sent may have been written, or may still be, as long as the write stream is not finalized. */
  readonly isUnknown: boolean;
  /** Rows of this append that were not acknowledged. */
  readonly left: readonly BatchRow[];

  constructor(reason: StopReason, isUnknown: boolean, left: readonly BatchRow[]) {
    super(`appending stopped: ${reason}`);
    this.reason = reason;
    this.isUnknown = isUnknown;
    this.left = left;
  }
}

export interface AppenderOptions {
  readonly client: WriteClient;
  /** Name of a COMMITTED write stream that nobody else appends to. */
  readonly writeStream: string;
  readonly log: Logger;
  /** Most bytes of all requests that are sent before earlier ones are answered. */
  readonly inFlightBytes: number;
  /** How appends are repeated; its times count from the last append that was written. */
  readonly retry: RetryPolicy;
  /** How long after its creation a write stream may seem to be absent ("Storage Write API", NOT_FOUND). */
  readonly absentMs: number;
}

/** Requests of one append that are not acknowledged. */
interface Sent {
  request: RequestRows;
  answer: Promise<Appended | WriteError> | undefined;
}

/** Times in a row that the service may miss rows before a request, which it acknowledged. */
const MOST_GAPS = 3;

/**
 * Appends rows to one write stream, each once: a request is sent again, unchanged and at its own offset, until the service says
 * that it is written, and one that was written already is refused there (ALREADY_EXISTS).
 */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #madeAt = Date.now();
  #connection: WriteConnection | undefined;
  #descriptor: Descriptor | undefined;
  /** Offset after all rows that are acknowledged. */
  #end = 0;
  #sent: Sent[] = [];
  #isUnknown = false;
  #gaps = 0;
  #retry: Retry;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#retry = new Retry(options.retry);
  }

  /**
   * Appends the requests, up to their end or to rows that are too large.
   * @throws AppendStopped; WriteError when appending failed for good.
   */
  async append(requests: RequestSource, descriptor: Descriptor, tally: Tally): Promise<void> {
    if (descriptor !== this.#descriptor) this.close();
    this.#descriptor = descriptor;
    this.#sent = [];
    this.#isUnknown = false;
    this.#retry = new Retry(this.#options.retry);
    for (;;) {
      await this.#fill(requests);
      const head = this.#sent[0];
      if (head === undefined) return this.#release();
      const answer = await head.answer;
      if (answer instanceof WriteError) await this.#failed(head, answer, requests, tally);
      else if (answer && answer.rowErrors.length > 0) await this.#refused(head, answer, requests, tally);
      else this.#written(head, tally);
    }
  }

  /** The service acknowledged rows. */
  get hasAppended(): boolean {
    return this.#end > 0;
  }

  /** Drops the connection; the write stream stays. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #release(): void {
    if (this.#options.client.isCrowded) this.close();
  }

  /** Sends what is to be sent again, then new requests, as far as they may be under way together. */
  async #fill(requests: RequestSource): Promise<void> {
    let bytes = 0;
    let offset = this.#end;
    for (const sent of this.#sent) {
      if (sent.answer === undefined) sent.answer = this.#send(sent.request, offset);
      offset += sent.request.rows.length;
      bytes += sent.request.bytes;
    }
    while (this.#sent.length === 0 || bytes < this.#options.inFlightBytes) {
      const request = await requests.next();
      if (request === undefined) return;
      this.#sent.push({ request, answer: this.#send(request, offset) });
      offset += request.rows.length;
      bytes += request.bytes;
    }
  }

  #send({ serialized }: RequestRows, offset: number): Promise<Appended | WriteError> {
    const { client, writeStream } = this.#options;
    if (!this.#connection?.isOpen)
      this.#connection = client.connect(writeStream, this.#descriptor as Descriptor);
    return this.#connection.append({ offset, rows: serialized }).catch((error: WriteError) => error);
  }

  #written(head: Sent, tally: Tally): void {
    this.#end += head.request.rows.length;
    tally.loaded += head.request.rows.length;
    this.#sent.shift();
    this.#gaps = 0;
    this.#retry.progress();
  }

  /** None of its rows was written, so nothing after it was: the others go again in their place. */
  async #refused(head: Sent, { rowErrors }: Appended, requests: RequestSource, tally: Tally): Promise<void> {
    // a request that a broken connection still holds could fit in where the offsets move
    if (this.#isUnknown) throw this.#stopped('gone', requests);
    const reasons = new Map(rowErrors.map(({ index, message }) => [index, message]));
    const { rows, serialized } = head.request;
    for (const [index, message] of reasons) {
      const row = rows[index];
      if (row) tally.refused.push({ row, reason: `BigQuery refused the row: ${message}` });
    }
    const isGood = (_: unknown, index: number) => !reasons.has(index);
    const good = { ...head.request, rows: rows.filter(isGood), serialized: serialized.filter(isGood) };
    await this.#settleAll();
    if (good.rows.length > 0) head.request = good;
    else this.#sent.shift();
  }

  /** Awaits all answers, so that everything is sent again from the head. */
  async #settleAll(): Promise<void> {
    for (const sent of this.#sent) {
      await sent.answer;
      sent.answer = undefined;
    }
  }

  async #failed(head: Sent, error: WriteError, requests: RequestSource, tally: Tally): Promise<void> {
    if (error.code === CODE.alreadyExists) return this.#written(head, tally);
    this.#isUnknown ||= error.kind === 'transient' || error.kind === 'quota';
    this.close();
    await this.#settleAll();
    if (error.is('STREAM_FINALIZED')) throw this.#stopped('finalized', requests);
    if (error.is('SCHEMA_MISMATCH_EXTRA_FIELDS')) throw this.#stopped('schema', requests);
    if (error.code === CODE.outOfRange) {
      if (++this.#gaps > MOST_GAPS) throw this.#stopped('gone', requests);
    } else if (error.code === CODE.notFound) {
      if (this.#end > 0 || Date.now() - this.#madeAt > this.#options.absentMs)
        throw this.#stopped('gone', requests);
    } else if (error.kind !== 'transient' && error.kind !== 'quota') throw error;
    this.#options.log.debug({ reason: error.reason }, 'rows are sent again');
    await this.#retry.wait(error, error.kind === 'quota' ? 'quota' : 'transient');
  }

  #stopped(reason: StopReason, requests: RequestSource): AppendStopped {
    const left = [...this.#sent.flatMap(({ request }) => request.rows), ...requests.rest];
    this.#sent = [];
    return new AppendStopped(reason, this.#isUnknown || reason !== 'schema', left);
  }
}
