import type { Context } from '@tap-webhooks/singer/command';
import { readConfig } from '@tap-webhooks/target-bigquery';
import { openLoader } from '../../packages/target-bigquery/dist/loader.js';
import type { Target } from './in-process.js';

/** Opens the loader that target-bigquery would open for a config file. */
export async function openBigQuery(config: string, context: Context): Promise<Target> {
  const settings = readConfig([config], {}, () => {});
  return { loader: await openLoader(settings, context), settings };
}
