import type { Readable } from 'node:stream';
import {
  type ActivateVersionMessage,
  type BatchMessage,
  isOfOutput,
  type Message,
  parseMessage,
  STOP_WITHIN_MS,
  startProgress,
  ToolkitError,
  unlessLate,
} from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import { readBatchFiles, type TakeRecord } from './batch-files.js';
import { destinationFailed, type InputLine, inputUnreadable, lineTorn, quote } from './errors.js';
import { readLines } from './lines.js';
import type { Loader } from './loader.js';
import { MemoryBudget } from './memory-budget.js';
import type { IncomingRecord } from './rows.js';
import type { TargetSettings } from './settings.js';
import { SpareBytes } from './spare-bytes.js';
import { StateGate } from './state-gate.js';
import { StatePrinter } from './state-printer.js';
import { type RecordTaker, Streams } from './streams.js';

export interface TargetRun {
  readonly loader: Loader;
  /** Bytes of Singer messages: stdin, or the file of `--input`. */
  readonly input: Readable;
  readonly settings: TargetSettings;
  readonly context: Pick<Context, 'stop' | 'out' | 'log'>;
  /**
   * For how long, in milliseconds, input is still read and states are waited for after `context.stop`: 8 s by default, since a
   * container has 10 s.
   */
  readonly stopWithinMs?: number;
}

/** Different messages that are logged once per run, at most: nonsense in the input must not fill log and memory. */
const MOST_SAID = 100;
/** How long to wait for further streams when none of the first ones could be opened, in milliseconds. */
const OTHERS_WITHIN_MS = 30_000;
const OPEN_BRACE = 0x7b;

/**
 * Loads all records of the input, and prints each STATE once all records before it are durable.
 *
 * Resolves when the input has ended (or reading stopped because of `context.stop`), everything is durable and the last state is
 * printed. Whatever ends the reading, records that were read before are loaded and their states printed first. The one exception
 * is a reader of the states that is gone: open batches are not loaded then. Closes the loader.
 * @throws ToolkitError exit 2: the input breaks the protocol, with the number of the line, or all records of another tap's stream
 *   were rejected, and everything else is loaded; 3: tables failed for good and were
 *   parked, all others are loaded; 6: the reader of the states is gone, or does not read them after `context.stop`; or what the
 *   loader threw with another exit code than 3 when it opened a table.
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

  /** Reads, then loads all open batches, whatever ended the reading: a failure costs as little as possible. */
  async complete(): Promise<void> {
    const progress = startProgress(() => this.#progress());
    this.#watchStop();
    try {
      await this.#read();
      if (!isOfOutput(this.#failure)) await this.#streams.settled();
      await unlessLate(this.#printer.settled(), this.#late.signal).catch((error) => this.#fail(error));
      this.#failure ??= this.#streams.parkedFailure() ?? this.#streams.rejectedFailure();
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
      // After the reading was stopped, the only error is that the input was closed.
      if (this.#isReading) this.#fail(isOfInput(error, input) ? inputUnreadable(error) : error);
    }
  }

  #line(written: string, line: number, torn: boolean): Promise<void> | undefined {
    // trim() also removes a byte order mark
    const text = written.charCodeAt(0) === OPEN_BRACE ? written : written.trim();
    if (text === '') return undefined;
    let message: Message;
    try {
      message = parseMessage(text, line);
    } catch (error) {
      if (!torn || isJson(text)) throw error;
      if (!this.#run.context.stop.aborted) throw text.charCodeAt(0) === OPEN_BRACE ? lineTorn(line) : error;
      this.#run.context.log.warn('the last line is incomplete: the tap was stopped while it wrote it');
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
        this.#activate(message);
        return undefined;
      case 'UNKNOWN':
        this.#skipUnknown(message.name);
        return undefined;
    }
  }

  #add(stream: RecordTaker, incoming: IncomingRecord, line: InputLine): Promise<void> | undefined {
    return stream.add(incoming, line) ?? this.#makeRoom();
  }

  /**
   * Keeps all open batches together below the limit of one batch. They are brought down to half of it, so that the tables are
   * searched rarely, however many there are.
   */
  #makeRoom(): Promise<void> | undefined {
    const { batch_size_bytes: bytes } = this.#run.settings;
    if (this.#budget.collected > bytes) this.#streams.relieve(bytes / 2);
    return this.#budget.isOver ? this.#budget.room() : undefined;
  }

  async #readBatch(message: BatchMessage, line: number): Promise<void> {
    const stream = this.#streams.require(message.stream, line);
    const { max_line_bytes: maxBytes } = this.#run.settings;
    const take: TakeRecord = (incoming, line) => this.#add(stream, incoming, line);
    await readBatchFiles(message, line, maxBytes, take, () => !this.#isReading);
  }

  /** Rows are only ever added, so rows of older versions stay. Some taps send this message before the SCHEMA. */
  #activate({ stream }: ActivateVersionMessage): void {
    const { log } = this.#run.context;
    if (this.#streams.get(stream)) {
      this.#once(`ACTIVATE_VERSION ${stream}`, () =>
        log.info({ stream }, 'rows of older versions are kept, since this target only appends'),
      );
    } else {
      this.#once(`early ACTIVATE_VERSION ${stream}`, () =>
        log.warn({ stream }, 'an ACTIVATE_VERSION before the SCHEMA of its stream is skipped'),
      );
    }
  }

  #skipUnknown(type: string): void {
    this.#once(`type ${type}`, () => {
      this.#run.context.log.warn(`messages of the unknown type ${quote(type)} are skipped`);
    });
  }

  #once(what: string, say: () => void): void {
    if (this.#said.has(what) || this.#said.size >= MOST_SAID) return;
    this.#said.add(what);
    say();
  }

  /** After a stop the input is read to its end, since the tap is being stopped too, but only for a while. */
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
   * Stops reading when all streams are parked: at once if an open table of them failed, else after a while. A stream that cannot be
   * used, or whose table cannot be opened, may be the first of many, and taps announce a stream when its first record comes.
   */
  #parked(): void {
    if (!this.#streams.areAllParked) return;
    const stop = () => {
      if (this.#streams.areAllParked) this.#stopReading();
    };
    clearTimeout(this.#idle);
    if (this.#streams.hasFailedTable) stop();
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
    return `${rows} rows loaded, ${Math.round(rows / seconds)} per second`;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isOfInput(error: unknown, input: Readable): boolean {
  return input.errored === error || (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
