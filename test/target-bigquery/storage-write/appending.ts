import type { Logger } from '@tap-webhooks/singer';
import type { Row } from '@tap-webhooks/target-core';
import { OAuth2Client } from 'google-auth-library';
import { onTestFinished } from 'vitest';
import type { RetryPolicy } from '../../../packages/target-bigquery/dist/api/retry.js';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import {
  cutRows,
  type RowFormat,
  rowFormat,
} from '../../../packages/target-bigquery/dist/encode/cut-rows.js';
import { textsOf } from '../../../packages/target-bigquery/dist/encode/lines.js';
import {
  Appender,
  type AppenderOptions,
} from '../../../packages/target-bigquery/dist/storage-write/appender.js';
import { openWriteClient } from '../../../packages/target-bigquery/dist/storage-write/connection.js';
import { BatchRequests } from '../../../packages/target-bigquery/dist/storage-write/requests.js';
import type { WriteClient } from '../../../packages/target-bigquery/dist/storage-write/write-client.js';
import { batchOf } from '../../contracts/loader.js';
import { Store } from '../../fake-bigquery/store.js';
import type { StoredTable } from '../../fake-bigquery/stored-table.js';
import { shownRow } from '../../fake-bigquery/values/shown.js';
import { startWriteServer, type WriteServer } from '../../fake-bigquery/write/server.js';

export const TABLE = 'projects/test/datasets/d/tables/data';

export const FIELDS: readonly Field[] = [
  { name: 'id', type: 'INTEGER', mode: 'NULLABLE' },
  { name: 'text', type: 'STRING', mode: 'NULLABLE' },
];

export interface Appending {
  readonly server: WriteServer;
  readonly client: WriteClient;
  readonly table: StoredTable;
  /** Rows of the table. */
  rows(): object[];
}

/** A fake with one table, and a client of it, until the test is over. */
export async function startAppending(
  fields: readonly Field[] = FIELDS,
  answerMs = 20_000,
): Promise<Appending> {
  const store = new Store('test');
  store.addDataset('d', 'EU');
  const table = store.addTable('d', 'data');
  table.fields = fields as StoredTable['fields'];
  const server = await startWriteServer(store);
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: 'x', expiry_date: Date.now() + 1e9 });
  const deadlines = { callMs: 20_000, answerMs };
  const client = await openWriteClient({ project: 'test', auth, endpoint: server.address, deadlines });
  onTestFinished(async () => {
    await client.close();
    server.close();
  });
  return { server, client, table, rows: () => table.rows.map(shownRow) };
}

const silent = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;

export function retryFor(ms: number, stop?: AbortSignal): RetryPolicy {
  return { transientMs: ms, quotaMs: ms, stop };
}

export function appender(
  client: WriteClient,
  stream: string,
  options: Partial<AppenderOptions> = {},
): Appender {
  const defaults = { inFlightBytes: 1_000_000, retry: retryFor(60_000), absentMs: 60_000, log: silent };
  return new Appender({ ...defaults, client, writeStream: stream, ...options });
}

export const rowOf = (id: number, text = `row ${id}`): Row => ({
  text: JSON.stringify({ id, text }),
  identity: undefined,
});

export const rowsFrom = (first: number, last: number): Row[] =>
  Array.from({ length: last - first + 1 }, (_, index) => rowOf(first + index));

export interface Cut {
  readonly requests: BatchRequests;
  readonly tally: { loaded: number; refused: { row: Row; reason: string }[] };
  readonly format: RowFormat;
}

/** Rows in requests of a few bytes, so that some are under way together. */
export function cut(
  rows: readonly Row[],
  { fields = FIELDS, requestBytes = 40, rowBytes = 1_000_000 } = {},
): Cut {
  const encode = { encode: (json: string) => ({ json }), uncount() {}, takeDiverted: () => [] };
  const format = { ...rowFormat({ fields }, encode, 9_000_000), requestBytes, rowBytes };
  const tally = { loaded: 0, refused: [] };
  const batch = batchOf(rows);
  const requests = new BatchRequests(
    batch,
    batch.rows,
    async (lines) => cutRows(textsOf(lines), format),
    tally,
  );
  return { requests, tally, format };
}
