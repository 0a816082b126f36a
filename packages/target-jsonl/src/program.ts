import { targetProgram } from '@tap-webhooks/target-core/program';
import type { Config } from './config.js';

export const program = targetProgram<Config>({
  name: 'target-jsonl',
  description:
    'Singer target that appends rows to JSON Lines files, each row once, durable before its state is printed',
  manifest: new URL('../package.json', import.meta.url),
  config: async () => (await import('./config.js')).programConfig,
  open: async (config, { log, stop }) => new (await import('./loader.js')).JsonlLoader(config, log, { stop }),
});
