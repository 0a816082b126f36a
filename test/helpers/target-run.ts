import { PassThrough, Writable } from 'node:stream';
import { type Logger, Output, type ToolkitError } from '@tap-webhooks/singer';
import { loggerOf } from '@tap-webhooks/singer/log';
import { runTarget, type TargetSettings, targetSettings } from '@tap-webhooks/target-core';
import { onTestFinished } from 'vitest';
import { MemoryLoader } from './memory-loader.js';
import { until } from './until.js';

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface RunOptions {
  readonly settings?: Partial<TargetSettings>;
  readonly loader?: MemoryLoader;
  readonly stopWithinMs?: number;
  /** True: nobody reads the states, not even the first one. */
  readonly isStuck?: boolean;
}

/** A run of the target runtime over a loader in memory, fed line by line. */
export class TargetUnderTest {
  readonly input = new PassThrough();
  readonly loader: MemoryLoader;
  readonly log: LogLine[] = [];
  /** The failure that ended the run; undefined while it runs and after a clean end. */
  failure: ToolkitError | undefined;
  hasEnded = false;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #printed = '';

  constructor({ settings, loader = new MemoryLoader(), stopWithinMs, isStuck = false }: RunOptions = {}) {
    this.loader = loader;
    const stdout = new Writable({
      write: (chunk, _, done) => {
        this.#printed += String(chunk);
        if (!isStuck) done();
      },
      ...(isStuck ? { highWaterMark: 1 } : {}),
    });
    this.#done = runTarget({
      loader,
      input: this.input,
      settings: settingsWith(settings),
      context: { stop: this.#stop.signal, out: new Output(stdout), log: this.#logger() },
      ...(stopWithinMs === undefined ? {} : { stopWithinMs }),
    }).then(
      () => this.#end(),
      (error: ToolkitError) => this.#end(error),
    );
    onTestFinished(() => {
      this.input.destroy();
    });
  }

  /** The lines of stdout: the states as text. */
  get states(): string[] {
    return this.#printed.split('\n').filter((line) => line !== '');
  }

  get warnings(): string[] {
    return this.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }

  /** Sends messages (objects become their JSON text), each with a line end. */
  send(...messages: ReadonlyArray<object | string>): this {
    for (const message of messages) {
      this.input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
    }
    return this;
  }

  /** Ends the input and waits for the end of the run. */
  async end(): Promise<this> {
    this.input.end();
    await this.#done;
    return this;
  }

  async ended(): Promise<this> {
    await this.#done;
    return this;
  }

  stop(): void {
    this.#stop.abort();
  }

  async loaded(stream: string, rows: number): Promise<void> {
    await until(() => this.loader.tables.get(stream)?.rows.length === rows, `${rows} rows in ${stream}`);
  }

  async printed(states: number): Promise<void> {
    await until(() => this.states.length >= states, `${states} states`);
  }

  #end(error?: ToolkitError): void {
    this.failure = error;
    this.hasEnded = true;
  }

  #logger(): Logger {
    return loggerOf((level, fields, message) => this.log.push({ level, fields, message }));
  }
}

/** Feeds all messages, ends the input and waits for the end of the run. */
export function runMessages(
  messages: ReadonlyArray<object | string>,
  options: RunOptions = {},
): Promise<TargetUnderTest> {
  return new TargetUnderTest(options).send(...messages).end();
}

/** Feeds bytes unchanged, ends the input and waits for the end of the run. */
export async function runBytes(
  chunks: readonly Buffer[],
  options: RunOptions = {},
): Promise<TargetUnderTest> {
  const run = new TargetUnderTest(options);
  for (const chunk of chunks) run.input.write(chunk);
  return run.end();
}

export function settingsWith(settings: Partial<TargetSettings> = {}): TargetSettings {
  const defaults = Object.entries(targetSettings).flatMap(([name, setting]) =>
    'default' in setting ? [[name, setting.default] as const] : [],
  );
  return { ...(Object.fromEntries(defaults) as unknown as TargetSettings), ...settings };
}

/** Returns the SCHEMA of another tap's stream with the columns `id` (integer) and `name` (string or null). */
export function schemaOf(stream: string, schema: object = {}, keys: readonly string[] = ['id']): object {
  const properties = { id: { type: 'integer' }, name: { type: ['null', 'string'] } };
  return {
    type: 'SCHEMA',
    stream,
    schema: { type: 'object', properties, ...schema },
    key_properties: keys,
  };
}

/** Returns the SCHEMA of a stream of our tap: `id`, and the columns that identify a row. */
export function markedSchemaOf(stream: string, columns: object = {}): object {
  const identity = { _sdc_inbox: { type: 'string' }, _sdc_position: { type: 'integer' } };
  return schemaOf(stream, {
    properties: { id: { type: 'integer' }, ...columns, ...identity },
    'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
  });
}

export function recordOf(stream: string, record: object): object {
  return { type: 'RECORD', stream, record };
}

/** Returns a RECORD of a marked stream. */
export function markedRecordOf(stream: string, position: number, record: object = { id: position }): object {
  return recordOf(stream, { ...record, _sdc_inbox: 'inbox1', _sdc_position: position });
}

export function stateOf(value: unknown): object {
  return { type: 'STATE', value };
}

/** Returns a STATE of our tap, with a position for each stream. */
export function bookmarks(positions: Readonly<Record<string, number>>): { bookmarks: object } {
  const entries = Object.entries(positions).map(([stream, position]) => [
    stream,
    { position, inbox: 'inbox1', check: 'ab' },
  ]);
  return { bookmarks: Object.fromEntries(entries) };
}
