import { PassThrough, Writable } from 'node:stream';
import { EXIT, Output, ToolkitError } from '@tap-webhooks/singer';
import type { Argv, Command, CommandGroup, CommonArgs, Context, Program } from '@tap-webhooks/singer/command';
import { loggerOf } from '@tap-webhooks/singer/log';
import { type Loader, runTarget, type TargetSettings } from '@tap-webhooks/target-core';
import { onTestFinished } from 'vitest';
import yargs from 'yargs';
import { until } from './until.js';

/**
 * A command that runs in this process, with what it has printed so far. It is like `RunningProgram` (program.ts), without the
 * third of a second that a process takes to start. Tests of signals, pipes, locks and kills use real processes.
 * The command is stopped when the running test ends.
 */
class InProcess {
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
    // Writes those parts of a program's log that tests read.
    const log = loggerOf((level, extra, message) => {
      if (level !== 'debug') this.stderr += `${JSON.stringify({ level, message, extra })}\n`;
    });
    const context = { stop: this.#stop.signal, out: new Output(stdout), log, env: {} };
    this.#exit = work(context).then(
      () => EXIT.done,
      (error) => {
        const message = error instanceof ToolkitError ? error.message : String(error?.stack ?? error);
        log.error({ code: error?.code }, message);
        return error instanceof ToolkitError ? error.exitCode : EXIT.defect;
      },
    );
    onTestFinished(async () => {
      this.stop();
      await this.#exit;
    });
  }

  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  /** Does what SIGTERM does. */
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
}

/** The output of a command that ended, and its exit code. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
}

async function ended(running: InProcess): Promise<Ended> {
  const code = await running.exit();
  return { code, stdout: running.stdout, stderr: running.stderr, lines: running.lines };
}

/** Starts the command that these arguments name. */
function startCommand(program: Program, ...args: readonly string[]): InProcess {
  return new InProcess((context) => parseAndRun(program, args, context));
}

/** Runs the command that these arguments name to its end. */
export function runCommand(program: Program, ...args: readonly string[]): Promise<Ended> {
  return ended(startCommand(program, ...args));
}

/** Does what singer's `start` does with a valid command line. Tests of invalid ones use real processes. */
async function parseAndRun(program: Program, args: readonly string[], context: Context): Promise<void> {
  const cli = yargs([...args])
    .parserConfiguration({ 'camel-case-expansion': false, 'boolean-negation': false, 'dot-notation': false })
    .option('config', {
      type: 'string',
      coerce: (paths: string | string[]) => ([] as string[]).concat(paths),
    })
    .strict()
    .exitProcess(false)
    .fail(false);
  for (const command of program.commands) addCommand(cli, command, context);
  await cli.parseAsync();
}

function addCommand(cli: Argv, command: Command | CommandGroup, context: Context): void {
  if ('commands' in command) {
    cli.command(command.command, command.describe, (own: Argv) => {
      for (const verb of command.commands) addCommand(own, verb, context);
      return own;
    });
  } else {
    const build = (own: Argv) => command.builder?.(own) ?? own;
    const run = (args: object) => command.run(args as CommonArgs, context);
    cli.command(command.command, command.describe, build, run);
  }
}

/** Opens the loader that a target's program would open for a config file. */
export type OpenTarget = (config: string, context: Context) => Promise<Target>;

export interface Target {
  readonly loader: Loader;
  readonly settings: TargetSettings;
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

/** Gives a target all of its input and waits for its end. */
export function runInProcess(open: OpenTarget, config: string, input: string): Promise<Ended> {
  const target = new InProcessTarget(open, config);
  target.end(input);
  return ended(target);
}
