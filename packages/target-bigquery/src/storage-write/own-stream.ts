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
  /** How long a new write stream may seem to be absent. */
  readonly absentMs: number;
  /** How long another process may take to record that it ended the write stream. */
  readonly recordMs: number;
}

/**
 * The one write stream with which this process appends to a table. Whoever creates one ends those of all others: it is
 * recorded before the others are looked for, so of two processes the later one always finds the write stream of the earlier.
 */
export class OwnStream {
  readonly #options: OwnStreamOptions;
  #name: string | undefined;
  #appender: Appender | undefined;
  #madeAt = 0;
  /** Names of write streams that were ended here. */
  readonly #ended = new Set<string>();

  constructor(options: OwnStreamOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#name !== undefined;
  }

  get name(): string {
    if (this.#name === undefined) throw new TypeError('the write stream is not open');
    return this.#name;
  }

  get appender(): Appender {
    if (this.#appender === undefined) throw new TypeError('the write stream is not open');
    return this.#appender;
  }

  /**
   * Ends the write streams of others without opening one: then the table can be asked what it holds, and rows may be loaded by
   * a job.
   */
  clear(): Promise<void> {
    return this.#endOthers();
  }

  /** Creates the write stream. From then on nobody else appends: the table can be asked what it holds. */
  async open(): Promise<void> {
    const { client, table, streams, log, retry, inFlightBytes, absentMs } = this.#options;
    const { project, ref } = table;
    const path = `projects/${project}/datasets/${ref.dataset}/tables/${ref.table}`;
    const name = await withRetry(() => client.createStream(path), retry);
    this.#madeAt = Date.now();
    await streams.opened(name);
    await this.#endOthers(name);
    this.#name = name;
    this.#appender = new Appender({ client, writeStream: name, log, inFlightBytes, retry, absentMs });
  }

  /** @returns false when another process has created a write stream since, or ended this one. */
  async isOwned(): Promise<boolean> {
    const open = await this.#options.streams.open();
    const names = open.map(({ name }) => name);
    return names.includes(this.name) && names.every((name) => name === this.#name || this.#ended.has(name));
  }

  /**
   * The service says that the write stream was ended. Another process that ends it records that: the record is looked at for
   * as long as that may take.
   * @returns true when it was no other process.
   * @throws ServiceError when the run is to end before that is known.
   */
  async isEndedByItself(): Promise<boolean> {
    const { streams, recordMs, retry } = this.#options;
    if (!streams.isRecorded) return true;
    return !(await poll(async () => !(await this.isOwned()), recordMs, retry.stop));
  }

  /**
   * Ends the write stream: nothing that is still on its way to it can be written any more.
   * @param isLast nothing follows: its end is recorded at the end of the run.
   */
  async close(isLast = false): Promise<void> {
    const name = this.#name;
    const hasAppended = this.#appender?.hasAppended ?? false;
    this.#appender?.close();
    this.#appender = undefined;
    this.#name = undefined;
    if (name === undefined) return;
    const { client, streams, retry, absentMs } = this.#options;
    // the service has known a write stream that took rows
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
