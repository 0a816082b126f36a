import { readFileSync } from 'node:fs';
import {
  type Argv,
  type Command,
  type CommandGroup,
  type CommonArgs,
  EXIT,
  type Program,
} from '@tap-webhooks/singer/command';
import type { RunArgs } from './commands/run.js';
import type { UrlCreateArgs, UrlListArgs, UrlRevokeArgs } from './commands/url.js';
import { MODES, MODES_TEXT } from './modes.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

interface JsonArgs extends CommonArgs {
  readonly json?: boolean;
}

const run: Command<RunArgs> = {
  command: '$0 [mode]',
  describe: 'Receive webhooks and emit them as records',
  examples: [
    ['--config tap.json --state state.jsonl', 'receive and emit, begin after the state'],
    ['drain --config tap.json --state state.jsonl', 'emit what is waiting, then end'],
  ],
  builder: (cli) =>
    cli
      .positional('mode', {
        choices: MODES,
        describe: `${MODES_TEXT}. Default: the setting \`mode\``,
      })
      .option('state', file('State to begin after: a JSON file, or the growing file of state lines'))
      .option('catalog', file('Catalog that selects streams and properties'))
      .option('discover', { type: 'boolean', describe: 'Print the catalog' })
      .option('test', {
        type: 'string',
        describe: 'Emit one record per stream and end; --test=schema: only the schemas',
      }),
  run: async (args, context) => (await import('./commands/run.js')).run(args, context),
  late: async () => (await import('./errors.js')).inboxLate(),
};

const url: CommandGroup = {
  command: 'url',
  describe: 'Create, list and revoke webhook URLs',
  examples: [['url create shop --config tap.json', 'print a new webhook URL for the integration shop']],
  commands: [
    {
      command: 'create <integration>',
      describe: 'Print a new webhook URL, and what to do with it at the provider',
      examples: [['url create shop --config tap.json', 'print a new URL for the integration shop']],
      builder: (cli) => json(integration(cli)),
      run: async (args: UrlCreateArgs, context) =>
        (await import('./commands/url.js')).urlCreate(args, context),
    },
    {
      command: 'list [integration]',
      describe: 'List the URLs of all integrations, or of one',
      examples: [['url list --config tap.json', 'list the URLs of all integrations']],
      builder: (cli) => json(integration(cli)),
      run: async (args: UrlListArgs, context) => (await import('./commands/url.js')).urlList(args, context),
    },
    {
      command: 'revoke <integration> [id]',
      describe: 'Revoke a URL; the receiver refuses it within a second',
      examples: [['url revoke shop 1 --config tap.json', 'revoke URL 1 of the integration shop']],
      builder: (cli) =>
        json(integration(cli)).positional('id', {
          type: 'number',
          describe: 'Id of the URL, as `url list` shows it. Not needed when only one URL is live',
        }),
      run: async (args: UrlRevokeArgs, context) =>
        (await import('./commands/url.js')).urlRevoke(args, context),
    },
  ],
};

const status: Command<JsonArgs> = {
  command: 'status',
  describe: 'Show what each consumer has confirmed, and what is waiting for it',
  examples: [['status --config tap.json', 'show what is waiting in the inbox']],
  builder: json,
  run: async (args, context) => (await import('./commands/status.js')).status(args, context),
};

const inbox: CommandGroup = {
  command: 'inbox',
  describe: 'Check the inbox, rescue it, renew it, or change its format',
  examples: [['inbox renew --config tap.json', 'after an older copy of the inbox was put back']],
  commands: [
    {
      command: 'renew',
      describe: 'Begin a new incarnation, after an older copy of the inbox was put back',
      examples: [['inbox renew --config tap.json', 'stop the receiver and the pipes first']],
      builder: json,
      run: async (args: JsonArgs, context) => (await import('./commands/inbox.js')).inboxRenew(args, context),
    },
    {
      command: 'verify',
      describe: 'Check every row of the inbox, also while a receiver runs',
      examples: [['inbox verify --config tap.json', 'find out whether the disk has damaged anything']],
      builder: json,
      run: async (args: JsonArgs, context) =>
        (await import('./commands/inbox.js')).inboxVerify(args, context),
    },
    {
      command: 'rescue',
      describe: 'Copy what can be read of a damaged inbox into a new file',
      examples: [['inbox rescue --config tap.json', 'stop the receiver first']],
      builder: json,
      run: async (args: JsonArgs, context) =>
        (await import('./commands/inbox.js')).inboxRescue(args, context),
    },
    {
      command: 'downgrade',
      describe: 'Give the inbox the format of the previous version, before you install that version again',
      examples: [['inbox downgrade --config tap.json', 'stop the receiver first']],
      builder: json,
      run: async (args: JsonArgs, context) =>
        (await import('./commands/inbox.js')).inboxDowngrade(args, context),
    },
  ],
};

const consumers: CommandGroup = {
  command: 'consumers',
  describe: 'List the consumers of the inbox, or drop one',
  examples: [['consumers list --config tap.json', 'list the pipes that read the inbox']],
  commands: [
    {
      command: 'list',
      describe: 'List the pipes that read the inbox',
      examples: [['consumers list --config tap.json', 'list the pipes that read the inbox']],
      builder: json,
      run: async (args: JsonArgs, context) =>
        (await import('./commands/consumers.js')).consumersList(args, context),
    },
    {
      command: 'drop <name>',
      describe: 'Drop a consumer that will not come back, so that events are no longer kept for it',
      examples: [['consumers drop archive --config tap.json', 'keep no more events for archive']],
      builder: (cli) => json(cli).positional('name', { type: 'string', describe: 'The consumer to drop' }),
      run: async (args: JsonArgs & { readonly name: string }, context) =>
        (await import('./commands/consumers.js')).consumersDrop(args, context),
    },
  ],
};

/** Each command loads what it needs when it runs, so that `--version` and `--help` load nothing. */
export const program: Program = {
  name: 'tap-webhooks',
  version,
  description:
    'Singer tap that receives webhooks, stores them on disk before it answers, and emits them as records',
  systemExit: EXIT.inbox,
  capabilities: ['about', 'catalog', 'discover', 'state', 'test', 'structured-logging'],
  settings: async () => (await import('./config.js')).settings,
  commands: [run, url, status, inbox, consumers],
};

function file(describe: string) {
  return { type: 'string', requiresArg: true, describe } as const;
}

function json(cli: Argv): Argv {
  return cli.option('json', { type: 'boolean', describe: 'Print JSON' });
}

function integration(cli: Argv): Argv {
  return cli.positional('integration', { type: 'string', describe: 'Name of the integration' });
}
