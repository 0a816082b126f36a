import { createReadStream, readFileSync } from 'node:fs';
import type { ProgramConfig } from '@tap-webhooks/singer';
import type { Command, CommonArgs, Context, Program } from '@tap-webhooks/singer/command';
import type { Loader } from './loader.js';
import type { TargetSettings } from './settings.js';

/**
 * The command line of a target. What a command needs is imported when it runs, so that `--version` and `--help` stay fast:
 * import the config and the loader inside `config`, `readConfig` and `open`.
 */
export interface Target<C extends TargetSettings> {
  /** As typed, e.g. `target-jsonl`. */
  readonly name: string;
  readonly description: string;
  /** URL of the program's package.json, which holds its version. */
  readonly manifest: URL;
  /** The settings: those of the target, and `targetSettings`. */
  config(): Promise<ProgramConfig>;
  /** Reads the config, for a target that has more to say about it than its schema does. */
  readConfig?(
    sources: readonly string[],
    env: NodeJS.ProcessEnv,
    unknown: (settings: readonly string[], sentence: string) => void,
  ): Promise<C>;
  /** Sentences about settings of other targets for the same destination, by the name of the setting. */
  readonly hints?: { readonly [setting: string]: string };
  open(config: C, context: Context): Promise<Loader>;
}

/** Arguments of the command that loads. */
export interface LoadArgs extends CommonArgs {
  /** Path of a file of Singer messages; stdin when absent. */
  readonly input?: string;
}

/** What all our targets can do, in the words of the Singer SDK. */
const CAPABILITIES = ['about', 'batch', 'structured-logging', 'target-schema', 'validate-records'];

/** The whole program. @param commands in place of the one that loads. */
export function targetProgram<C extends TargetSettings>(
  target: Target<C>,
  // biome-ignore lint/suspicious/noExplicitAny: commands of one program take different arguments
  commands: ReadonlyArray<Command<any>> = [loadCommand(target)],
): Program {
  const { name, description, manifest } = target;
  return {
    name,
    version: JSON.parse(readFileSync(manifest, 'utf8')).version,
    description,
    capabilities: CAPABILITIES,
    settings: async () => (await target.config()).schema,
    commands,
  };
}

/** The command that runs when none is named: it loads stdin, or the file of `--input`. */
export function loadCommand<C extends TargetSettings>(target: Target<C>): Required<Command<LoadArgs>> {
  return {
    command: '$0',
    describe: 'Load Singer messages from stdin or a file',
    examples: [
      ['--config config.json < messages.jsonl >> state.jsonl', 'load messages, append states to a file'],
    ],
    builder: (cli) =>
      cli.option('input', { type: 'string', requiresArg: true, describe: 'Read messages from this file' }),
    async run({ config: sources, input }, context) {
      const config = await readTargetConfig(target, sources, context);
      const { runTarget } = await import('./run.js');
      await runTarget({
        loader: await target.open(config, context),
        input: input === undefined ? process.stdin : createReadStream(input),
        settings: config,
        context,
      });
    },
    late: async () => (await import('./errors.js')).destinationLate(),
  };
}

/**
 * Reads the config of a target, and warns of settings that it does not have.
 * @throws ToolkitError `config_invalid` with every problem, `config_unreadable`; exit 1.
 */
export async function readTargetConfig<C extends TargetSettings>(
  target: Target<C>,
  sources: readonly string[],
  { env, log }: Pick<Context, 'env' | 'log'>,
): Promise<C> {
  const unknown = (settings: readonly string[], sentence: string) => {
    log.warn({ settings }, sentence);
    const { hints = {} } = target;
    for (const name of settings) if (Object.hasOwn(hints, name)) log.warn(hints[name] as string);
  };
  if (target.readConfig) return target.readConfig(sources, env, unknown);
  const { loadConfig } = await import('@tap-webhooks/singer/config');
  return loadConfig<C>(await target.config(), sources, env, unknown);
}
