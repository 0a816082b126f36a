import type { Logger } from '@tap-webhooks/singer';
import type { TargetTable } from '../load/target-table.js';
import { Appender } from './appender.js';
import { endStreams } from './end-streams.js';
import type { OpenStreams } from './open-streams.js';
import { patiently } from './patience.js';
import type { WriteClient } from './write-client.js';

export interface OwnStreamOptions {
  readonly client: WriteClient;
  readonly table: TargetTable;
  readonly streams: OpenStreams;
  readonly log: Logger;
  readonly timeoutMs: number;
  readonly inFlightBytes: number;
  readonly absentMs: number;
}

/**
 * The one stream by which this process appends to a table. Whoever makes one ends all that others made: a stream is
 * recorded before the others are looked for, so of two processes the later one always finds the earlier one's.
 */
export class OwnStream {
  readonly #options: OwnStreamOptions;
  #name: string | undefined;
  #appender: Appender | undefined;
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

  /** Makes the stream. From then on nobody else appends: the table can be asked what it holds. */
  async open(): Promise<void> {
    const { client, table, streams, log, timeoutMs, inFlightBytes, absentMs } = this.#options;
    const { project, ref } = table;
    const path = `projects/${project}/datasets/${ref.dataset}/tables/${ref.table}`;
    const name = await patiently(() => client.createStream(path), timeoutMs);
    await streams.opened(name);
    const others = await endStreams(streams, async () => client, timeoutMs, name);
    for (const other of others) this.#ended.add(other);
    if (others.length > 0) log.info({ streams: others.length }, 'write streams of earlier runs were ended');
    this.#name = name;
    this.#appender = new Appender({ client, stream: name, log, inFlightBytes, timeoutMs, absentMs });
  }

  /** @returns false when another process has made a stream since, and so ended this one. */
  async isOwned(): Promise<boolean> {
    const open = await this.#options.streams.open();
    return open.includes(this.name) && open.every((name) => name === this.#name || this.#ended.has(name));
  }

  /** Ends the stream: nothing that is still under way to it can come in any more. */
  async close(): Promise<void> {
    const name = this.#name;
    this.#appender?.close();
    this.#appender = undefined;
    this.#name = undefined;
    if (name === undefined) return;
    const { client, streams, timeoutMs } = this.#options;
    await patiently(() => client.finalize(name), timeoutMs);
    this.#ended.add(name);
    await streams.finalized([name]);
  }
}
