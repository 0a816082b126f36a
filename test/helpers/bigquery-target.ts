import type { Context } from '@tap-webhooks/singer/command';
import { BigQueryClient, BigQueryLoader, readConfig } from 'target-bigquery';
import type { Target } from './in-process.js';

/** What target-bigquery opens for a config file. */
export async function openBigQuery(config: string, { log, stop }: Context): Promise<Target> {
  const settings = readConfig([config], {}, () => {});
  const service = await BigQueryClient.open(settings, stop);
  return { loader: new BigQueryLoader({ service, config: settings, log, stop }), settings };
}
