import { createReadStream } from 'node:fs';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { loadConfig } from '@tap-webhooks/singer/config';
import { runTarget } from '@tap-webhooks/target-core';
import { type Config, programConfig } from './config.js';
import { JsonlLoader } from './loader.js';

export interface RunArgs extends CommonArgs {
  /** Path of a file of Singer messages; stdin when absent. */
  readonly input?: string;
}

/** Loads all messages of the input. */
export async function run({ config, input }: RunArgs, context: Context): Promise<void> {
  const settings = loadConfig<Config>(programConfig, config, context.env, (names) => {
    context.log.warn({ settings: names }, 'settings that target-jsonl does not have are ignored');
  });
  await runTarget({
    loader: new JsonlLoader(settings, context.log),
    input: input === undefined ? process.stdin : createReadStream(input),
    settings,
    context,
  });
}
