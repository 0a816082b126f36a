import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { BigQueryClient } from '../../../packages/target-bigquery/dist/api/client.js';
import type { LoadJobSpec, UploadFile } from '../../../packages/target-bigquery/dist/api/service.js';
import type { WaitNotices } from '../../../packages/target-bigquery/dist/api/wait-notices.js';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { type Fake, type FakeOptions, startFake } from '../../fake-bigquery/fake.js';
import { tempFolder } from '../../helpers/temp.js';

export const REF = { dataset: 'd', table: 't' };
export const FIELDS: readonly Field[] = [
  { name: 'id', type: 'INTEGER', mode: 'NULLABLE' },
  { name: 'text', type: 'STRING', mode: 'NULLABLE' },
];

/** A fake with the dataset `d` in EU, and the client at it. It is closed when the running test ends. */
export async function openService(
  options: FakeOptions = {},
): Promise<{ fake: Fake; service: BigQueryClient }> {
  const fake = await startFake(options);
  onTestFinished(() => fake.close());
  const service = await openClient(fake.apiEndpoint);
  await service.createDataset('d', { location: 'EU' });
  return { fake, service };
}

export interface ClientOptions {
  /** Seconds. */
  readonly timeout?: number;
  readonly stop?: AbortSignal;
  readonly onQuota?: () => void;
  readonly onOutage?: WaitNotices['onOutage'];
}

/** A client at a server. */
export function openClient(
  apiEndpoint: string,
  { timeout = 60, stop, ...notices }: ClientOptions = {},
): Promise<BigQueryClient> {
  const settings = { project: 'test', api_endpoint: apiEndpoint, timeout };
  return BigQueryClient.open(settings as Parameters<typeof BigQueryClient.open>[0], stop, notices);
}

/** `openService`, with the empty table `d.t`. */
export async function openTable(options: FakeOptions = {}): Promise<{ fake: Fake; service: BigQueryClient }> {
  const opened = await openService(options);
  await opened.service.createTable(REF, { fields: FIELDS });
  return opened;
}

/** A load job into `d.t`. */
export function loadSpec(id: string, change: Partial<LoadJobSpec> = {}): LoadJobSpec {
  return { id, table: REF, location: 'EU', fields: FIELDS, maxBadRecords: 0, labels: {}, ...change };
}

export function fileOf(...lines: readonly string[]): UploadFile {
  const path = join(tempFolder(), 'rows.ndjson');
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return { path, size: statSync(path).size };
}

/** Rows of about 1 MB each. */
export function bigFile(rows: number): UploadFile {
  const text = 'x'.repeat(1_000_000);
  return fileOf(...Array.from({ length: rows }, (_, id) => JSON.stringify({ id, text })));
}
