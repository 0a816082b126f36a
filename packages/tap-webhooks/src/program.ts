import { readFileSync } from 'node:fs';
import type { Argv, Command, CommonArgs, Program } from '@tap-webhooks/singer/command';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

interface RunArgs extends CommonArgs {
  readonly mode?: 'listen' | 'receive' | 'follow' | 'drain';
  readonly state?: string;
  readonly catalog?: string;
  readonly discover?: boolean;
  /** Empty when given without a value. */
  readonly test?: string;
}

interface JsonArgs extends CommonArgs {
  readonly json?: boolean;
}

const run: Command<RunArgs> = {
  command: '$0 [mode]',
  describe: 'Take webhooks and emit them as records',
  builder: (cli) =>
    cli
      .positional('mode', {
        choices: ['listen', 'receive', 'follow', 'drain'] as const,
        describe:
          'listen: take webhooks and emit until stopped; receive: only take them; follow: only emit; drain: emit what waits, then end. Default: the setting `mode`',
      })
      .option('state', file('State to begin at: a JSON file, or the growing file of state lines'))
      .option('catalog', file('Catalog that selects streams and properties'))
      .option('discover', { type: 'boolean', describe: 'Print the catalog' })
      .option('test', {
        type: 'string',
        describe: 'Emit one record a stream and end; --test=schema: only the schemas',
      }),
  run: async (args, context) => (await import('./commands/run.js')).run(args, context),
};

interface UrlArgs extends JsonArgs {
  readonly action: 'create' | 'list' | 'revoke';
  readonly integration: string;
  readonly id?: number;
}

const url: Command<UrlArgs> = {
  command: 'url <action> <integration> [id]',
  describe: 'Create, list or revoke the webhook URLs of an integration',
  builder: (cli) =>
    json(cli)
      .positional('action', { choices: ['create', 'list', 'revoke'] as const })
      .positional('integration', { type: 'string', describe: 'Name of the integration' })
      .positional('id', {
        type: 'number',
        describe: 'The URL to revoke, as `url list` shows it',
      }),
  run: async (args, context) => (await import('./commands/url.js')).urls(args, context),
};

const status: Command<JsonArgs> = {
  command: 'status',
  describe: 'Show how far each consumer has come, and what waits',
  builder: json,
  run: async (args, context) => (await import('./commands/status.js')).status(args, context),
};

const consumers: Command<JsonArgs & { action: 'list' | 'drop'; name?: string }> = {
  command: 'consumers <action> [name]',
  describe: 'List the pipes that read the inbox, or drop one that will not come back',
  builder: (cli) =>
    json(cli)
      .positional('action', { choices: ['list', 'drop'] as const })
      .positional('name', { type: 'string', describe: 'The consumer to drop' }),
  run: async (args, context) => (await import('./commands/consumers.js')).consumers(args, context),
};

/** Everything that runs is loaded by the command that needs it: `--version` and `--help` load nothing. */
export const program: Program = {
  name: 'tap-webhooks',
  version,
  description:
    'Singer tap that receives webhooks, keeps them on disk before it answers, and emits them as records',
  capabilities: ['about', 'catalog', 'discover', 'state', 'test', 'structured-logging'],
  settings: async () => (await import('./config.js')).settings,
  commands: [run, url, status, consumers],
};

function file(describe: string) {
  return { type: 'string', requiresArg: true, describe } as const;
}

function json(cli: Argv): Argv {
  return cli.option('json', { type: 'boolean', describe: 'Print JSON' });
}
