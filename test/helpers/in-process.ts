import { PassThrough, Writable } from 'node:stream';
import { type Logger, Output, ToolkitError } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import { type Loader, runTarget, type TargetSettings } from '@tap-webhooks/target-core';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

/** The exit code of a defect, as in sysexits. */
const DEFECT = 70;

/**
 * A command that runs in this process, with what it printed so far: a `RunningProgram` (program.ts) without the third of a second
 * that a process takes to start. What signals, pipes, locks and kills do is tried with real processes.
 * It is stopped when the running test ends.
 */
export class InProcess {
  stdout = '';
  stderr = '';
  readonly #stop = new AbortController();
  readonly #exit: Promise<number>;

  constructor(work: (context: Context) => Promise<void>) {
    const stdout = new Writable({
      write: (chunk, _, done) => {
        this.stdout += String(chunk);
        done();
      },
    });
    const context = { stop: this.#stop.signal, out: new Output(stdout), log: this.#log(), env: {} };
    this.#exit = work(context).then(
      () => 0,
      (error) => this.#failed(error),
    );
    onTestFinished(async () => {
      this.stop();
      await this.#exit;
    });
  }

  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  /** What SIGTERM does. */
  stop(): void {
    this.#stop.abort();
  }

  exit(): Promise<number> {
    return this.#exit;
  }

  /** Waits until stdout or the log holds the text. */
  async saw(text: string): Promise<void> {
    await until(
      () => this.stdout.includes(text) || this.stderr.includes(text),
      `output with ${JSON.stringify(text)}`,
    );
  }

  /** Writes what the log of a program writes, as far as tests read it. */
  #log(): Logger {
    const at = (level: string) => (first: object | string, message?: string) => {
      const line = typeof first === 'string' ? { message: first } : { message, extra: first };
      this.stderr += `${JSON.stringify({ level, ...line })}\n`;
    };
    return { debug: () => {}, info: at('info'), warn: at('warning'), error: at('error') };
  }

  #failed(error: unknown): number {
    if (error instanceof ToolkitError) {
      this.#log().error({ code: error.code }, error.message);
      return error.exitCode;
    }
    this.stderr += `This is a defect of the program: ${error instanceof Error ? error.stack : error}\n`;
    return DEFECT;
  }
}

/** A target that runs in this process, fed as a pipe would feed it. */
export class InProcessTarget extends InProcess {
  readonly #input: PassThrough;

  constructor(open: OpenTarget, config: string) {
    const input = new PassThrough();
    super(async (context) => {
      const { loader, settings } = await open(config, context);
      await runTarget({ loader, settings, input, context });
    });
    this.#input = input;
    onTestFinished(() => void input.destroy());
  }

  write(text: string): void {
    this.#input.write(text);
  }

  end(text = ''): void {
    this.#input.end(text);
  }
}

/** Gives a target all of its input and waits for its end. @returns the exit code. */
export async function runInProcess(open: OpenTarget, config: string, input: string) {
  const target = new InProcessTarget(open, config);
  target.end(input);
  const code = await target.exit();
  return { code, stdout: target.stdout, stderr: target.stderr };
}

/** Opens the loader that a target's program would open for a config file. */
export type OpenTarget = (config: string, context: Context) => Promise<Target>;

export interface Target {
  readonly loader: Loader;
  readonly settings: TargetSettings;
}
