import { createReadStream } from 'node:fs';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { runTarget } from '@tap-webhooks/target-core';
import { BigQueryClient } from './api/client.js';
import { quotaNotice } from './api/retry.js';
import { readConfig, warnOfUnknown } from './config.js';
import { BigQueryLoader } from './loader.js';

export interface RunArgs extends CommonArgs {
  /** Path of a file of Singer messages; stdin when absent. */
  readonly input?: string;
}

/** Loads all messages of the input. */
export async function run({ config: sources, input }: RunArgs, context: Context): Promise<void> {
  const { log, env, stop } = context;
  const config = readConfig(sources, env, warnOfUnknown(log));
  const service = await BigQueryClient.open(config, stop, quotaNotice(log));
  await runTarget({
    loader: new BigQueryLoader({ service, config, log, stop }),
    input: input === undefined ? process.stdin : createReadStream(input),
    settings: config,
    context,
  });
}
