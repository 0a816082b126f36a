import { isatty } from 'node:tty';
import type { Argv } from 'yargs';
import { type AboutFormat, formatAbout } from './about.js';
import {
  EXIT,
  isOfOutput,
  stoppedLate,
  systemFailure,
  systemRefused,
  ToolkitError,
  usage,
} from './errors.js';
import { isHanging } from './hanging.js';
import type { Logger } from './log.js';
import type { JsonSchema } from './messages.js';
import { nearest } from './nearest.js';
import { END_WITHIN_MS, Output, STOP_WITHIN_MS } from './output.js';
import { fileStream, isFile } from './output-file.js';
import { stop } from './signals.js';
import { FLUSH_MS, standardError } from './standard-error.js';
import { visibleLines } from './visible.js';
import { aborted, within } from './wait.js';

export type { Argv } from 'yargs';
export { EXIT } from './errors.js';

/** What a command may use of the process. */
export interface Context {
  /** Aborts on the first SIGTERM or SIGINT: finish cleanly. Later signals change nothing. */
  readonly stop: AbortSignal;
  readonly out: Output;
  readonly log: Logger;
  readonly env: NodeJS.ProcessEnv;
}

/** The arguments that every command has. */
export interface CommonArgs {
  /** Paths and `ENV`, in the order given. */
  readonly config: readonly string[];
}

/** A command line that --help shows, without the program's name, and what it does. */
export type Example = readonly [line: string, description: string];

export interface Command<A extends CommonArgs = CommonArgs> {
  /** In yargs' notation; `$0` is what runs when no command is named. */
  readonly command: string | readonly string[];
  readonly describe: string;
  readonly examples?: readonly Example[];
  builder?(cli: Argv): Argv;
  /** Loads what it needs by itself (`await import`), so that `--version` and `--help` stay quick. */
  run(args: A, context: Context): Promise<void>;
  /** Returns why the command ends when it has not finished 9 s after it was told to stop. */
  late?(): Promise<ToolkitError>;
}

/** A noun whose verbs are commands, such as `url` with `create` and `list`. */
export interface CommandGroup {
  readonly command: string;
  readonly describe: string;
  readonly examples?: readonly Example[];
  // biome-ignore lint/suspicious/noExplicitAny: commands of one group take different arguments
  readonly commands: ReadonlyArray<Command<any>>;
}

export interface Program {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Names from the Singer SDK's list. */
  readonly capabilities: readonly string[];
  /** Exit code when the system refuses a call that no code expects: no room, no rights, no file handles left. Default: 3. */
  readonly systemExit?: number;
  /** JSON Schema of the config. */
  settings(): Promise<JsonSchema>;
  // biome-ignore lint/suspicious/noExplicitAny: commands of one program take different arguments
  readonly commands: ReadonlyArray<Command<any> | CommandGroup>;
}

/**
 * Runs a program: parses the command line, answers `--about`, `--version` and `--help`, turns signals into `Context.stop`,
 * and errors into one sentence and an exit code. The only place that ends the process.
 */
export async function start(program: Program): Promise<void> {
  try {
    // Orchestrators ask for the version often; loading the parser would take longer than answering.
    if (process.argv.slice(2).join() === '--version')
      process.stdout.write(`${program.name} v${program.version}\n`);
    else await (await commandLine(program)).parseAsync();
  } catch (error) {
    // Only what happens before a command runs ends here: a wrong option, an unknown command.
    const isUsage = error instanceof ToolkitError;
    standardError.write(`${visibleLines(isUsage ? error.message : defectText(error))}\n`, true);
    process.exitCode = isUsage ? error.exitCode : EXIT.defect;
  }
}

async function commandLine(program: Program): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  const cli = yargs(process.argv.slice(2))
    .scriptName(program.name)
    .usage(`${program.description}.`)
    .parserConfiguration({ 'camel-case-expansion': false, 'boolean-negation': false, 'dot-notation': false })
    .option('config', {
      alias: 'c', // as the Hub's target-jsonl has it
      type: 'string',
      requiresArg: true,
      describe: 'JSON config file, or ENV for environment variables; may be repeated, later ones win',
      coerce: (value: string | string[] | undefined) => ([] as string[]).concat(value ?? []),
    })
    .option('about', { type: 'boolean', describe: 'Describe this program and its settings' })
    .option('format', {
      choices: ['text', 'json', 'markdown'] as const,
      coerce: (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value),
      describe: 'Format of --about',
    })
    .version(`${program.name} v${program.version}`)
    .help()
    .strict()
    .detectLocale(false) // the same messages in every locale
    .exitProcess(false)
    .fail((message, error, found) => {
      // What yargs itself finds wrong comes with an error of its own kind, or with none.
      if (error && error.name !== 'YError') throw error;
      const hint = didYouMean(message, found as unknown as Usage);
      throw usage(`${(hint === '' ? withoutGiven(message) : message).replace(/\.$/, '')}.${hint}`);
    });
  for (const command of program.commands) addCommand(cli, program, command);
  return cli;
}

/** What was given where a word of a list belongs, and is near to none, may be a secret. */
function withoutGiven(message: string): string {
  return message.replaceAll(/, Given: "[^"]*"/g, '');
}

function addCommand(cli: Argv, program: Program, command: Command | CommandGroup): void {
  if ('commands' in command) {
    const verbs = command.commands.map((verb) => /^\S+/.exec(String(verb.command))?.[0]);
    cli.command(command.command, command.describe, (own: Argv) => {
      for (const verb of command.commands) addCommand(own, program, verb);
      return withExamples(own, command).demandCommand(
        1,
        `Say what to do with \`${command.command}\`: ${verbs.join(', ')}.`,
      );
    });
    return;
  }
  cli.command(
    command.command,
    command.describe,
    (own: Argv) => withExamples(command.builder?.(own) ?? own, command),
    (args) => {
      refuseRepeated(args);
      return run(program, command, args as unknown as CommonArgs & AboutArgs);
    },
  );
}

function withExamples(cli: Argv, { examples = [] }: Command | CommandGroup): Argv {
  return cli.example(examples.map(([line, description]) => [`$0 ${line}`, description]));
}

/** What yargs knows at the place in the command line where it found something wrong. */
interface Usage {
  getCommands(): ReadonlyArray<readonly [command: string, ...rest: unknown[]]>;
  /** Of options and positional arguments, by name. */
  getDescriptions(): { readonly [name: string]: string };
}

/** ` Did you mean …?` when a word in the message is near a known one, else an empty text. */
function didYouMean(message: string, usage: Usage): string {
  const unknown = /^Unknown (?:arguments?|commands?): (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  const [, given, choices] = /Given: "([^"]*)", Choices: (.*)$/.exec(message) ?? [];
  const commands = usage.getCommands().flatMap(([command]) => /^[^$\s]\S*/.exec(command) ?? []);
  const words = given === undefined ? unknown : [given];
  const meant = words.flatMap((word) => {
    if (process.argv.some((typed) => /^--?/.test(typed) && typed.replace(/^--?|=.*$/g, '') === word)) {
      const option = nearest(word, Object.keys(usage.getDescriptions()));
      return option === undefined ? [] : [`--${option}`];
    }
    const values = [...(choices ?? '').matchAll(/"([^"]*)"/g)].map(([, value]) => value as string);
    return nearest(word, [...values, ...commands]) ?? [];
  });
  if (meant.length > 0) return ` Did you mean ${meant.join(', ')}?`;
  // A mistyped command is taken for the argument of the one that needs no name, and the word after it is the unknown one.
  const typed = process.argv[2] ?? '';
  const command = unknown.length > 0 && !commands.includes(typed) ? nearest(typed, commands) : undefined;
  return command === undefined ? '' : ` Did you mean ${command} in place of ${typed}?`;
}

/** The arguments that yargs gives as lists: words that are not options, and `--config`, the only option that may be repeated. */
const LISTS = new Set(['_', 'config', 'c']);

/** @throws ToolkitError `usage`, exit 1. Two values of an option come as a list, which no command expects. */
function refuseRepeated(args: { readonly [name: string]: unknown }): void {
  for (const [name, value] of Object.entries(args)) {
    if (Array.isArray(value) && !LISTS.has(name)) throw usage(`--${name} is given more than once.`);
  }
}

interface AboutArgs {
  readonly about?: boolean;
  readonly format?: AboutFormat;
}

async function run(program: Program, command: Command, args: CommonArgs & AboutArgs): Promise<void> {
  const out = new Output(standardOutput(), afterStop(STOP_WITHIN_MS));
  const { createLogger } = await import('./log.js');
  const log = createLogger(program.name);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => process.exit(report(error, log, program)));
  }
  // Node ends a process that has nothing left to do: without this it would end with 0, as if the command were done.
  process.on('beforeExit', () => {
    const error = new Error('nothing is left to do, but the command has not finished');
    process.exit(report(error, log, program));
  });
  const over = afterStop(END_WITHIN_MS);
  let code: number = EXIT.done;
  try {
    if (args.about) await out.write(formatAbout(await about(program), args.format ?? 'text'));
    else {
      const work = command.run({ ...args, config: args.config ?? [] }, { stop, out, log, env: process.env });
      const isDone = await within(
        work.then(() => true),
        over,
      );
      if (!isDone) throw (await command.late?.()) ?? stoppedLate();
    }
    await out.end();
  } catch (error) {
    code = report(error, log, program);
    if (!over.aborted && !isOfOutput(error)) await out.end().catch(() => {});
  }
  await end(code, log);
}

/** All output has been handed over. An open stdin or socket must not keep the process alive. */
async function end(code: number, log: Logger): Promise<never> {
  await standardError.flush(stop.aborted ? FLUSH_MS : undefined);
  if (await isHanging()) {
    log.error(
      { code: 'system_hangs' },
      'The operating system does not answer a call, so this process kills itself.',
    );
    await standardError.flush(FLUSH_MS);
    process.kill(process.pid, 'SIGKILL');
  }
  process.exit(code);
}

/** Aborts so many milliseconds after the program was told to stop. */
function afterStop(ms: number): AbortSignal {
  const over = new AbortController();
  void aborted(stop).then(() => setTimeout(() => over.abort(), ms).unref());
  return over.signal;
}

/** Returns standard output. A terminal that is halted (Ctrl-S) would halt the program, so it is not waited for. */
function standardOutput(): NodeJS.WritableStream {
  if (isFile(1)) return fileStream(1);
  const { _handle: terminal } = process.stdout as { _handle?: { setBlocking?(on: boolean): void } };
  if (isatty(1)) terminal?.setBlocking?.(false);
  return process.stdout;
}

async function about(program: Program) {
  const { name, description, version, capabilities } = program;
  return { name, description, version, capabilities, settings: await program.settings() };
}

/** Logs why the program ends, and returns the exit code. */
function report(error: unknown, log: Logger, program: Program): number {
  const refused = error instanceof ToolkitError ? undefined : systemFailure(error);
  if (refused !== undefined)
    return report(systemRefused(refused, program.systemExit ?? EXIT.destination), log, program);
  if (!(error instanceof ToolkitError)) {
    log.error(defectText(error));
    log.debug({ stack: error instanceof Error ? error.stack : undefined }, 'where it happened');
    return EXIT.defect;
  }
  // Stopping a pipe stops both of its ends at once, so it is not a failure when the reader ends first.
  if (error.code === 'pipe_closed' && stop.aborted) return EXIT.done;
  log.error({ code: error.code }, error.message);
  log.debug({ stack: error.stack }, 'where it happened');
  return error.exitCode;
}

function defectText(error: unknown): string {
  return `This is a defect of the program: ${error instanceof Error ? error.message : String(error)}`;
}
