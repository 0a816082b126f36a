import type { Logger } from '@tap-webhooks/singer';
import { poll, type RetryPolicy, withRetry } from '../api/retry.js';
import type { TargetTable } from '../table/table.js';
import { Appender } from './appender.js';
import { endStream, endStreams } from './end-streams.js';
import type { OpenStreams } from './records.js';
import type { WriteClient } from './write-client.js';

export interface OwnStreamOptions {
  readonly client: WriteClient;
  readonly table: TargetTable;
  readonly streams: OpenStreams;
  readonly log: Logger;
  readonly retry: RetryPolicy;
  readonly inFlightBytes: number;
  /** How long a new stream may seem to be absent. */
  readonly absentMs: number;
  /** How long another process may take to record that it ended the stream. */
  readonly recordMs: number;
}

/**
 * The one stream by which this process appends to a table. Whoever makes one ends all that others made: a stream is
 * recorded before the others are looked for, so of two processes the later one always finds the earlier one's.
 */
export class OwnStream {
  readonly #options: OwnStreamOptions;
  #name: string | undefined;
  #appender: Appender | undefined;
  #madeAt = 0;
  /** Streams that were ended here. */
  readonly #ended = new Set<string>();

  constructor(options: OwnStreamOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#name !== undefined;
  }

  get name(): string {
    if (this.#name === undefined) throw new TypeError('the stream is not open');
    return this.#name;
  }

  get appender(): Appender {
    if (this.#appender === undefined) throw new TypeError('the stream is not open');
    return this.#appender;
  }

  /**
   * Ends the streams of others, without a stream of one's own: the table can be asked what it holds, and rows may be loaded
   * by a job.
   */
  clear(): Promise<void> {
    return this.#endOthers();
  }

  /** Makes the stream. From then on nobody else appends: the table can be asked what it holds. */
  async open(): Promise<void> {
    const { client, table, streams, log, retry, inFlightBytes, absentMs } = this.#options;
    const { project, ref } = table;
    const path = `projects/${project}/datasets/${ref.dataset}/tables/${ref.table}`;
    const name = await withRetry(() => client.createStream(path), retry);
    this.#madeAt = Date.now();
    await streams.opened(name);
    await this.#endOthers(name);
    this.#name = name;
    this.#appender = new Appender({ client, stream: name, log, inFlightBytes, retry, absentMs });
  }

  /** @returns false when another process has made a stream since, or ended this one. */
  async isOwned(): Promise<boolean> {
    const open = await this.#options.streams.open();
    const names = open.map(({ name }) => name);
    return names.includes(this.name) && names.every((name) => name === this.#name || this.#ended.has(name));
  }

  /**
   * The service says that the stream was ended. Another process that does so records it: for as long as that may take, the
   * record is looked at.
   * @returns true when it was no other process.
   */
  async isEndedByItself(): Promise<boolean> {
    const { streams, recordMs, retry } = this.#options;
    if (!streams.isRecorded) return true;
    return !(await poll(async () => !(await this.isOwned()), recordMs, retry.stop));
  }

  /**
   * Ends the stream: nothing that is still under way to it can come in any more.
   * @param isLast nothing follows: that it ended is recorded at the end of the run.
   */
  async close(isLast = false): Promise<void> {
    const name = this.#name;
    const hasAppended = this.#appender?.hasAppended ?? false;
    this.#appender?.close();
    this.#appender = undefined;
    this.#name = undefined;
    if (name === undefined) return;
    const { client, streams, retry, absentMs } = this.#options;
    // the service has known a stream that took rows
    await endStream(client, { name, openedAt: this.#madeAt }, retry, hasAppended ? 0 : absentMs);
    this.#ended.add(name);
    if (isLast) streams.finalizedLater(name);
    else await streams.finalized([name]);
  }

  async #endOthers(own?: string): Promise<void> {
    const { client, streams, log, retry, absentMs } = this.#options;
    const others = await endStreams(streams, async () => client, retry, { own, absentMs });
    for (const other of others) this.#ended.add(other);
    if (others.length > 0) log.info({ streams: others.length }, 'write streams of earlier runs were ended');
  }
}
