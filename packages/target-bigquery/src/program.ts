import { loadCommand, readTargetConfig, type Target, targetProgram } from '@tap-webhooks/target-core/program';
import type { CheckArgs } from './commands/check.js';
import type { DbtArgs } from './commands/dbt.js';
import type { Config } from './config.js';

const target: Target<Config> = {
  name: 'target-bigquery',
  description:
    'Singer target that appends rows to BigQuery, each row of tap-webhooks once, even after a crash',
  manifest: new URL('../package.json', import.meta.url),
  config: async () => (await import('./config.js')).programConfig,
  readConfig: async (...from) => (await import('./config.js')).readConfig(...from),
  hints: {
    denormalized:
      'denormalized is not a setting here: fields get columns of their own (as with true); for one JSON column (as with false) set `raw` to true',
    generate_view:
      'generate_view is not a setting here: set `latest_view`, which keeps a view of the latest version of each key',
  },
  open: async (config, context) => (await import('./loader.js')).openLoader(config, context),
};

const load = loadCommand(target);

export const program = targetProgram(target, [
  {
    ...load,
    builder: (cli) =>
      load
        .builder(cli)
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
    async run(args: CheckArgs & { readonly check?: boolean }, context) {
      if (!args.check) return load.run(args, context);
      const config = await readTargetConfig(target, args.config, context);
      await (await import('./commands/check.js')).check(args, config, context);
    },
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
        .option('error_after_hours', { type: 'number', describe: 'Hours without rows until dbt fails (48)' }),
    async run(args: DbtArgs, context) {
      const config = await readTargetConfig(target, args.config, context);
      await (await import('./commands/dbt.js')).dbtSourcesCommand(args, config, context);
    },
    late: load.late,
  },
]);
