import type { Readable } from 'node:stream';
import {
  type ActivateVersionMessage,
  type BatchMessage,
  EXIT,
  type Message,
  parseMessage,
  STOP_WITHIN_MS,
  startProgress,
  ToolkitError,
  unlessLate,
} from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import { readBatchFiles, type TakeRecord } from './batch-files.js';
import { destinationFailed, inputUnreadable, type Place, quote } from './errors.js';
import { readLines } from './lines.js';
import type { Loader } from './loader.js';
import { MemoryBudget } from './memory-budget.js';
import type { IncomingRecord } from './rows.js';
import type { TargetSettings } from './settings.js';
import { SpareBytes } from './spare-bytes.js';
import { StateGate } from './state-gate.js';
import { StatePrinter } from './state-printer.js';
import type { Stream } from './stream.js';
import { Streams } from './streams.js';

export interface TargetRun {
  readonly loader: Loader;
  /** Bytes of Singer messages: stdin, or the file of `--input`. */
  readonly input: Readable;
  readonly settings: TargetSettings;
  readonly context: Pick<Context, 'stop' | 'out' | 'log'>;
  /**
   * How long the input is still read, and its states are waited for, after `context.stop`, in milliseconds: by default 8 s,
   * since a container has 10 s.
   */
  readonly stopWithinMs?: number;
}

/** Things that are said once a run, at most: nonsense in the input must not fill log and memory. */
const MOST_SAID = 100;
/** How long other streams may take to appear when the first ones cannot be opened. */
const OTHERS_WITHIN_MS = 30_000;
const OPEN_BRACE = 0x7b;

/**
 * Loads everything that the input brings, and prints each STATE once all records before it are durable.
 *
 * Resolves when the input has ended (or `context.stop` made an end of it), everything is durable and the last state printed.
 * Whatever ends the reading, what was read before is loaded and its states printed first; only when the reader of the states is
 * gone, what had collected is left. Closes the loader.
 * @throws ToolkitError exit 2: the input breaks the protocol, with the number of the line; 3: tables failed for good and
 *   were parked, all others are loaded; 6: the reader of the states is gone, or does not read them after `context.stop`; or what the loader threw, but for
 *   exit 3, when a table was opened.
 */
export function runTarget(run: TargetRun): Promise<void> {
  return new Run(run).complete();
}

/** One run of a target, from the first line to the last state. */
class Run {
  readonly #run: TargetRun;
  readonly #streams: Streams;
  readonly #gate: StateGate;
  readonly #printer: StatePrinter;
  readonly #budget: MemoryBudget;
  readonly #startedAt = Date.now();
  readonly #said = new Set<string>();
  #isReading = true;
  #failure: unknown;
  #deadline: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #late = new AbortController();

  constructor(run: TargetRun) {
    const { loader, settings, context } = run;
    const fail = (error: unknown) => this.#fail(error);
    this.#run = run;
    this.#printer = new StatePrinter(context.out, fail);
    this.#gate = new StateGate((state) => this.#printer.print(state));
    this.#budget = new MemoryBudget(2 * settings.batch_size_bytes);
    this.#streams = new Streams({
      loader,
      settings,
      gate: this.#gate,
      budget: this.#budget,
      spares: new SpareBytes(),
      log: context.log,
      syncStartedAt: this.#startedAt,
      parked: () => this.#parked(),
      fail,
    });
  }

  /** Reads, then loads what is left whatever ended the reading, so that a failure costs as little as it can. */
  async complete(): Promise<void> {
    const progress = startProgress(() => this.#progress());
    this.#watchStop();
    try {
      await this.#read();
      if (!isPipeClosed(this.#failure)) await this.#streams.settled();
      await unlessLate(this.#printer.settled(), this.#late.signal).catch((error) => this.#fail(error));
      this.#failure ??= this.#streams.parkedFailure();
      await this.#close();
    } finally {
      clearTimeout(this.#deadline);
      clearTimeout(this.#idle);
      progress.stop();
    }
    this.#streams.summarize();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #read(): Promise<void> {
    const { input, settings } = this.#run;
    try {
      for await (const { first, texts, torn } of readLines(input, settings.max_line_bytes)) {
        for (let index = 0; index < texts.length; index += 1) {
          if (!this.#isReading) return;
          const wait = this.#line(texts[index] as string, first + index, torn);
          if (wait) await wait;
        }
      }
    } catch (error) {
      // what comes after the reading was ended is only that the input was closed
      if (this.#isReading) this.#fail(isOfInput(error, input) ? inputUnreadable(error) : error);
    }
  }

  #line(text: string, line: number, torn: boolean): Promise<void> | undefined {
    if (text.charCodeAt(0) !== OPEN_BRACE && text.trim() === '') return undefined;
    let message: Message;
    try {
      message = parseMessage(text, line);
    } catch (error) {
      if (!torn || !this.#run.context.stop.aborted) throw error;
      this.#run.context.log.warn('the last line is torn: the tap was stopped while it wrote it');
      return undefined;
    }
    return this.#take(message, line);
  }

  #take(message: Message, line: number): Promise<void> | undefined {
    switch (message.type) {
      case 'RECORD':
        return this.#add(this.#streams.require(message.stream, line), message, line);
      case 'STATE':
        this.#gate.hold(message);
        return undefined;
      case 'SCHEMA':
        return this.#streams.define(message, line);
      case 'BATCH':
        return this.#readBatch(message, line);
      case 'ACTIVATE_VERSION':
        this.#activate(message, line);
        return undefined;
      case 'UNKNOWN':
        this.#skipUnknown(message.name);
        return undefined;
    }
  }

  #add(stream: Stream, incoming: IncomingRecord, place: Place): Promise<void> | undefined {
    return stream.add(incoming, place) ?? this.#makeRoom();
  }

  /**
   * Many open batches together hold no more than one may. They are brought down to half of it, so that all tables are looked at
   * rarely, however many there are.
   */
  #makeRoom(): Promise<void> | undefined {
    const { batch_size_bytes: bytes } = this.#run.settings;
    if (this.#budget.collected > bytes) this.#streams.relieve(bytes / 2);
    return this.#budget.isOver ? this.#budget.room() : undefined;
  }

  async #readBatch(message: BatchMessage, line: number): Promise<void> {
    const stream = this.#streams.require(message.stream, line);
    const { max_line_bytes: maxBytes } = this.#run.settings;
    const take: TakeRecord = (incoming, place) => this.#add(stream, incoming, place);
    await readBatchFiles(message, line, maxBytes, take, () => !this.#isReading);
  }

  /** Rows are only ever added, so rows of older versions stay. */
  #activate({ stream: name }: ActivateVersionMessage, line: number): void {
    this.#streams.require(name, line);
    this.#once(`ACTIVATE_VERSION ${name}`, () => {
      this.#run.context.log.info(
        { stream: name },
        'rows of older versions are kept: this target only appends',
      );
    });
  }

  #skipUnknown(type: string): void {
    this.#once(`type ${type}`, () => {
      this.#run.context.log.warn(`messages of type ${quote(type)} are unknown; they are skipped`);
    });
  }

  #once(what: string, say: () => void): void {
    if (this.#said.has(what) || this.#said.size >= MOST_SAID) return;
    this.#said.add(what);
    say();
  }

  /** The input is read to its end, since the tap is being stopped too, but not for ever. */
  #watchStop(): void {
    const { stopWithinMs = STOP_WITHIN_MS, context } = this.#run;
    const onStop = () => {
      this.#streams.flush();
      this.#deadline = setTimeout(() => {
        this.#late.abort();
        this.#stopReading();
      }, stopWithinMs);
    };
    if (context.stop.aborted) onStop();
    else context.stop.addEventListener('abort', onStop, { once: true });
  }

  /**
   * Nobody is left to read for, unless it is early: a stream whose table cannot be opened may be the first of many, and taps
   * announce a stream when its first record comes.
   */
  #parked(): void {
    if (!this.#streams.areAllParked) return;
    const stop = () => {
      if (this.#streams.areAllParked) this.#stopReading();
    };
    clearTimeout(this.#idle);
    if ([...this.#streams.tables()].some((table) => table.wasOpen)) stop();
    else this.#idle = setTimeout(stop, OTHERS_WITHIN_MS);
  }

  #stopReading(): void {
    this.#isReading = false;
    this.#run.input.destroy();
  }

  #fail(error: unknown): void {
    if (this.#failure === undefined) this.#failure = error;
    else if (error instanceof ToolkitError) this.#run.context.log.error({ code: error.code }, error.message);
    this.#stopReading();
  }

  async #close(): Promise<void> {
    for (const table of this.#streams.tables()) {
      await table.close().catch((cause) => this.#fail(destinationFailed(table.definition.tableName, cause)));
    }
    await this.#run.loader.close().catch((cause) => this.#fail(cause));
  }

  #progress(): string {
    const rows = this.#streams.loadedRows;
    const seconds = Math.max(1, (Date.now() - this.#startedAt) / 1000);
    return `${rows} rows loaded, ${Math.round(rows / seconds)} a second`;
  }
}

function isPipeClosed(error: unknown): boolean {
  return error instanceof ToolkitError && error.exitCode === EXIT.pipe;
}

function isOfInput(error: unknown, input: Readable): boolean {
  return input.errored === error || (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
