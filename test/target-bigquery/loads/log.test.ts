import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ServiceError } from '../../../packages/target-bigquery/dist/api/service-error.js';
import { LoadsTableLog } from '../../../packages/target-bigquery/dist/loads/log.js';
import type { LoadRecord } from '../../../packages/target-bigquery/dist/loads/metrics.js';
import { LoadsTable } from '../../../packages/target-bigquery/dist/loads/table.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { keptLog } from '../log-lines.js';
import { MemoryWarehouse } from '../memory-warehouse.js';

const LOAD: LoadRecord = {
  job: 'sdc_1',
  stream: 'shop-orders',
  table: { dataset: 'shop', table: 'orders' },
  rows: 3,
  rejected: 1,
  diverted: 2,
  inbox: 'inbox1',
  firstPosition: 5,
  lastPosition: 8,
  firstSequence: '1700000000000',
  lastSequence: '1565276078922000095',
  startedAt: 1_700_000_000_000,
  finishedAt: 1_700_000_002_500,
};

function loadsLog({
  isReporting = true,
  ...times
}: {
  isReporting?: boolean;
  intervalMs?: number;
  flushMs?: number;
} = {}) {
  const service = new MemoryWarehouse();
  const { log, lines } = keptLog();
  const spoolPath = tempFolder();
  const locationOf = async () => 'EU';
  const table = new LoadsTable({ service, labels: { team: 'data' }, spoolPath, locationOf });
  const loads = new LoadsTableLog({ table, log, isReporting, stop: undefined, ...times });
  return {
    service,
    lines,
    warnings: () => lines.filter((line) => line.startsWith('warn')),
    loads,
    spoolPath,
  };
}

it('the log writes what was loaded into _sdc_loads at the end', async () => {
  const { service, loads, spoolPath } = loadsLog();
  loads.record(LOAD);
  await loads.flush();
  expect(service.loads.map(({ lines }) => lines)).toEqual([
    [
      {
        job: 'sdc_1',
        method: 'batch_job',
        event: 'loaded',
        stream: 'shop-orders',
        table_name: 'orders',
        rows: 3,
        rejected: 1,
        values_diverted: 2,
        inbox: 'inbox1',
        first_position: 5,
        last_position: 8,
        first_sequence: '1700000000000',
        last_sequence: '1565276078922000095',
        started_at: '2023-11-14T22:13:20.000Z',
        finished_at: '2023-11-14T22:13:22.500Z',
      },
    ],
  ]);
  expect(readdirSync(spoolPath)).toEqual([]);
});

it('the log creates the table with partitions, and labels the job', async () => {
  const { service, loads } = loadsLog();
  loads.record(LOAD);
  await loads.flush();
  expect(service.writes).toEqual(['createTable _sdc_loads']);
  expect(service.loads[0]?.spec).toMatchObject({
    table: { dataset: 'shop', table: '_sdc_loads' },
    location: 'EU',
    labels: { team: 'data', target: 'target-bigquery', stream: '_sdc_loads', integration: 'shop' },
  });
});

it('the log collects loads into one job per dataset', async () => {
  const { service, loads } = loadsLog();
  loads.record(LOAD);
  loads.record({ ...LOAD, job: 'sdc_2' });
  loads.record({ ...LOAD, table: { dataset: 'other', table: 'data' } });
  await loads.flush();
  const made = service.loads.map(({ spec, lines }) => `${lines.length} of ${spec.table.dataset}`);
  expect(made.sort()).toEqual(['1 of other', '2 of shop']);
});

it('the log writes by itself after a while', async () => {
  const { service, loads } = loadsLog({ intervalMs: 10 });
  loads.record(LOAD);
  await until(() => service.loads.length === 1, 'a job');
});

it('the log knows the name of a write stream', async () => {
  const { service, loads } = loadsLog();
  loads.record({ ...LOAD, job: 'projects/p/datasets/d/tables/t/streams/s' });
  await loads.flush();
  expect(service.loads[0]?.lines[0]).toMatchObject({ method: 'storage_write_api' });
});

it('the log creates no job when nothing was loaded', async () => {
  const { service, loads } = loadsLog();
  await loads.flush();
  expect(service.writes).toEqual([]);
});

it('the log warns of rows that could not be written, and keeps them for the next job', async () => {
  const { service, loads, warnings } = loadsLog();
  service.refusals.set('insertLoadJob', new ServiceError('quota', 403, 'quotaExceeded', 'Quota exceeded.'));
  loads.record(LOAD);
  await loads.flush();
  expect(warnings()).toEqual([
    'warn _sdc_loads could not be written; rows are loaded all the same: Quota exceeded.',
  ]);
  service.refusals.clear();
  await loads.flush();
  expect(service.loads[0]?.lines).toHaveLength(1);
});

it('the log does not delay the end of a run', async () => {
  const { service, loads, warnings } = loadsLog({ flushMs: 10 });
  service.insertLoadJob = () => new Promise(() => {});
  loads.record(LOAD);
  await loads.flush();
  expect(warnings()).toEqual([
    'warn _sdc_loads could not be written in time: the report of the last loads is missing there',
  ]);
});

it('the log prints METRIC lines for each load', () => {
  const { loads, lines } = loadsLog();
  loads.record(LOAD);
  const tags = `"tags":{"stream":"shop-orders","table":"shop.orders",`;
  const pid = `"pid":${process.pid}}}`;
  expect(lines).toEqual([
    `info METRIC: {"type":"counter","metric":"record_count","value":3,${tags}${pid}`,
    `info METRIC: {"type":"counter","metric":"rejected_count","value":1,${tags}${pid}`,
    `info METRIC: {"type":"counter","metric":"diverted_count","value":2,${tags}${pid}`,
    `info METRIC: {"type":"timer","metric":"job_duration","value":2.5,${tags}"status":"succeeded","finished_at":"2023-11-14T22:13:22.500Z",${pid}`,
  ]);
});

it('the log prints METRIC lines and writes no report when `load_log` is off', async () => {
  const { service, loads, lines } = loadsLog({ isReporting: false });
  loads.record(LOAD);
  await loads.flush();
  expect(lines).toHaveLength(4);
  expect(service.writes).toEqual([]);
});

it('one job writes the ends of write streams and the loads of a dataset', async () => {
  const { service, loads } = loadsLog();
  loads.record(LOAD);
  const at = new Date(0).toISOString();
  const ended = { job: 'p/s', method: 'storage_write_api', event: 'stream_finalized' } as const;
  loads.later('shop', { ...ended, stream: 'a', table_name: 'orders', started_at: at, finished_at: at });
  await loads.flush();
  expect(service.loads.map(({ lines }) => lines.map((line) => (line as { event: string }).event))).toEqual([
    ['loaded', 'stream_finalized'],
  ]);
});
