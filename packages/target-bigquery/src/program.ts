import { readFileSync } from 'node:fs';
import type { Program } from '@tap-webhooks/singer/command';
import type { CheckArgs } from './commands/check.js';
import type { DbtArgs } from './commands/dbt.js';
import type { RunArgs } from './run.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The command line. What a command needs is imported when it runs, so that `--version` stays fast. */
export const program: Program = {
  name: 'target-bigquery',
  version,
  description: 'Singer target that appends rows to BigQuery, each row of tap-webhooks once, over crashes too',
  capabilities: ['about', 'batch', 'structured-logging', 'target-schema', 'validate-records'],
  settings: async () => (await import('./config.js')).programConfig.schema,
  commands: [
    {
      command: '$0',
      describe: 'Load Singer messages from stdin or a file',
      builder: (cli) =>
        cli
          .option('input', { type: 'string', requiresArg: true, describe: 'Read messages from this file' })
          .option('check', {
            type: 'boolean',
            describe:
              'Prove access, location, quota and that existing tables fit, without loading a row; --input names a catalog or messages',
          })
          .option('table', {
            type: 'string',
            requiresArg: true,
            implies: 'check',
            describe: 'Table to check, `dataset.table`',
          }),
      run: async (args: RunArgs & CheckArgs & { readonly check?: boolean }, context) =>
        args.check
          ? (await import('./commands/check.js')).check(args, context)
          : (await import('./run.js')).run(args, context),
    },
    {
      command: 'dbt-sources',
      describe: 'Print a sources.yml for dbt, with descriptions and freshness',
      builder: (cli) =>
        cli
          .option('dataset', {
            type: 'string',
            requiresArg: true,
            describe: 'Dataset whose tables are described, in place of the configured one',
          })
          .option('input', {
            type: 'string',
            requiresArg: true,
            describe: 'A catalog or Singer messages: describe the tables of these streams',
          })
          .option('warn_after_hours', { type: 'number', describe: 'Hours without rows until dbt warns (24)' })
          .option('error_after_hours', {
            type: 'number',
            describe: 'Hours without rows until dbt fails (48)',
          }),
      run: async (args: DbtArgs, context) =>
        (await import('./commands/dbt.js')).dbtSourcesCommand(args, context),
    },
  ],
};
