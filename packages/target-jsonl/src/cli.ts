import { readFileSync } from 'node:fs';
import { start } from '@tap-webhooks/singer/command';
import type { RunArgs } from './run.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

await start({
  name: 'target-jsonl',
  version,
  description:
    'Singer target that appends rows to JSON Lines files, each row once, durable before its state is printed',
  capabilities: ['about', 'batch', 'structured-logging', 'target-schema', 'validate-records'],
  settings: async () => (await import('./config.js')).programConfig.schema,
  commands: [
    {
      command: '$0',
      describe: 'Load Singer messages from stdin or a file',
      builder: (cli) =>
        cli.option('input', { type: 'string', requiresArg: true, describe: 'Read messages from this file' }),
      run: async (args: RunArgs, context) => (await import('./run.js')).run(args, context),
    },
  ],
});
