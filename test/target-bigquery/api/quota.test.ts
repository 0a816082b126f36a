import { beforeEach, expect, test } from 'vitest';
import type { BigQueryClient } from '../../../packages/target-bigquery/dist/api/client.js';
import type { RequestKind } from '../../fake-bigquery/requests.js';
import { shortWaits } from '../../helpers/short-waits.js';
import { fileOf, loadSpec, openClient, openTable, REF } from './open-service.js';

beforeEach(shortWaits);

test('a small call waits for a used-up quota, and says so', async () => {
  const { fake } = await openTable();
  const said: string[] = [];
  const service = await openClient(fake.apiEndpoint, { onQuota: () => said.push('quota') });
  fake.faults.refuse('tables.get', 403, 'quotaExceeded');
  expect((await service.getTable(REF))?.ref).toEqual(REF);
  expect(said).toEqual(['quota']);
});

const CALLS: ReadonlyArray<[RequestKind, (service: BigQueryClient) => Promise<unknown>]> = [
  ['datasets.get', (service) => service.getDataset('d')],
  ['jobs.get', (service) => service.getJob('none', 'EU')],
  ['jobs.list', (service) => service.listLoadJobs(REF, 0)],
  ['jobs.insert', (service) => service.query('SELECT COUNT(*) FROM d.t')],
  ['queries.results', (service) => service.query('SELECT COUNT(*) FROM d.t')],
];

test.each(CALLS)('%s is repeated after a used-up quota, and the log says so once', async (kind, call) => {
  const { fake } = await openTable();
  const stop = new AbortController(); // it makes waits short
  let said = 0;
  const onQuota = () => {
    said += 1;
    stop.abort();
  };
  const service = await openClient(fake.apiEndpoint, { stop: stop.signal, onQuota });
  fake.faults.refuse(kind, 403, 'quotaExceeded', 2);
  await call(service);
  expect(said).toBe(1);
  expect(fake.faults.pending).toBe(0);
});

test('an upload leaves a used-up quota to the caller', async () => {
  const { fake, service } = await openTable();
  fake.faults.refuse('upload', 403, 'quotaExceeded');
  await expect(service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'))).rejects.toMatchObject({
    kind: 'quota',
  });
});

test('a quota is waited for no longer than the timeout', async () => {
  const { fake } = await openTable();
  const service = await openClient(fake.apiEndpoint, { timeout: 1 });
  fake.faults.refuse('tables.get', 403, 'quotaExceeded', 10_000);
  await expect(service.getTable(REF)).rejects.toMatchObject({ kind: 'quota' });
  expect(fake.requests.ofKind('tables.get')).toHaveLength(2);
});
