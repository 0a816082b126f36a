import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@tap-webhooks/singer/log';
import type { LoadResult, Row } from '@tap-webhooks/target-core';
import { onTestFinished } from 'vitest';
import { BigQueryClient } from '../../packages/target-bigquery/dist/api/client.js';
import { type Config, readConfig } from '../../packages/target-bigquery/dist/config.js';
import { BigQueryLoader } from '../../packages/target-bigquery/dist/loader.js';
import { batchOf, marked } from '../contracts/loader.js';
import { type Fake, type FakeOptions, startFake } from '../fake-bigquery/fake.js';
import { tempFolder } from '../helpers/temp.js';

/** A fake of its own for the running test. */
export async function fakeBigQuery(options?: FakeOptions): Promise<Fake> {
  const fake = await startFake(options);
  onTestFinished(() => fake.close());
  return fake;
}

/** The settings as the program would read them, for a fake and an empty disk. */
export function configFor(fake: Fake, settings: Partial<Config> = {}): Config {
  const path = join(tempFolder(), 'config.json');
  const { apiEndpoint: api_endpoint, storageApiEndpoint: storage_api_endpoint } = fake;
  const place = {
    project: 'test',
    location: 'US',
    spool_path: tempFolder(),
    api_endpoint,
    storage_api_endpoint,
  };
  writeFileSync(path, JSON.stringify({ ...place, ...settings }));
  return readConfig([path], {}, () => {});
}

/** A loader as a run of the program would have it. */
export async function bigQueryLoader(
  config: Config,
  stop: AbortSignal = new AbortController().signal,
): Promise<BigQueryLoader> {
  const log = createLogger('target-bigquery', { LOGLEVEL: 'error' });
  const service = await BigQueryClient.open(config, stop);
  return new BigQueryLoader({ service, config, log, stop });
}

export interface OpenRun {
  load(rows: readonly Row[]): Promise<LoadResult>;
  close(): Promise<void>;
}

/** A run that has one table open: `contract-data` unless told otherwise. */
export async function openRun(config: Config, table = marked, stop?: AbortSignal): Promise<OpenRun> {
  const loader = await bigQueryLoader(config, stop);
  const sink = await loader.open(table);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await sink.close();
    await loader.close();
  };
  onTestFinished(() => close().catch(() => {}));
  return { load: (rows) => sink.load(batchOf(rows)), close };
}
