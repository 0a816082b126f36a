import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { backOff, SLOW, withRetry } from '../../../packages/target-bigquery/dist/api/retry.js';
import { ServiceError } from '../../../packages/target-bigquery/dist/api/service-error.js';
import type { Fake } from '../../fake-bigquery/fake.js';
import { setForward } from '../../helpers/clock.js';
import { fastClock, shortWaits } from '../../helpers/short-waits.js';
import { fileOf, loadSpec, openClient, openTable, REF } from './open-service.js';

beforeEach(shortWaits);
beforeEach(fastClock);

const unavailable = () => new ServiceError('transient', 503, 'backendError', 'Unavailable.');

test('a stop cuts short a wait that is under way', async () => {
  const stop = new AbortController();
  const begun = performance.now();
  const waited = backOff(10, SLOW, stop.signal);
  stop.abort();
  await waited;
  expect(performance.now() - begun).toBeLessThan(30_000);
});

test('a wait that begins after a stop is a short one', async () => {
  const begun = performance.now();
  await backOff(10, SLOW, AbortSignal.abort());
  expect(performance.now() - begun).toBeLessThan(30_000);
});

test('without a stop a call is repeated as before', async () => {
  let calls = 0;
  const call = async () => {
    calls += 1;
    if (calls === 1) throw unavailable();
    return 'done';
  };
  expect(await withRetry(call, { transientMs: 30_000, quotaMs: 0, stop: undefined })).toBe('done');
});

test('a call that fails once still comes through after a stop', async () => {
  const { fake } = await openTable();
  const service = await openClient(fake.apiEndpoint, { stop: AbortSignal.abort() });
  fake.faults.refuse('tables.get', 503, 'backendError');
  expect((await service.getTable(REF))?.ref).toEqual(REF);
});

test('a call fails soon after a stop with the last failure of a service that stays unavailable', async () => {
  const { fake } = await openTable();
  const stop = new AbortController();
  const service = await openClient(fake.apiEndpoint, { stop: stop.signal });
  fake.faults.refuse('tables.get', 503, 'backendError', 10_000);
  const asked = fake.requests.nextRequest('tables.get');
  const table = service.getTable(REF);
  void asked.then(() => stop.abort());
  await expect(table).rejects.toMatchObject({ kind: 'transient', status: 503, reason: 'backendError' });
});

test('an upload that keeps failing ends soon after a stop', async () => {
  const { fake } = await openTable();
  const stop = new AbortController();
  const service = await openClient(fake.apiEndpoint, { stop: stop.signal });
  fake.faults.refuse('upload', 503, 'backendError', 10_000);
  const sent = fake.requests.nextRequest('upload');
  const made = service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  void sent.then(() => stop.abort());
  await expect(made).rejects.toMatchObject({ kind: 'transient', status: 503 });
});

test('a used-up quota is not waited for after a stop', async () => {
  const { fake } = await openTable();
  const stop = new AbortController();
  const onQuota = () => stop.abort();
  const service = await openClient(fake.apiEndpoint, { timeout: 3600, stop: stop.signal, onQuota });
  fake.faults.refuse('tables.get', 403, 'quotaExceeded', 10_000);
  await expect(service.getTable(REF)).rejects.toMatchObject({ kind: 'quota' });
});

/** A client whose run is stopped by `stop`, at a service where jobs stay RUNNING for so many polls. */
async function openStopped(runningPolls: number): Promise<{
  fake: Fake;
  service: Awaited<ReturnType<typeof openClient>>;
  stop: AbortController;
}> {
  const { fake } = await openTable({ runningPolls });
  const stop = new AbortController();
  return { fake, stop, service: await openClient(fake.apiEndpoint, { timeout: 3600, stop: stop.signal }) };
}

test('the end of a running job is waited for after a stop when it comes soon', async () => {
  const { fake, service, stop } = await openStopped(3);
  const made = await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  const asked = fake.requests.nextRequest('jobs.get');
  const done = service.waitForJob(made, 3_600_000);
  void asked.then(() => stop.abort());
  expect(await done).toMatchObject({ state: 'DONE', outputRows: 1 });
});

test('a job that goes on is not waited for longer than 5 s after a stop', async () => {
  const { fake, service, stop } = await openStopped(1_000_000);
  const made = await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  const asked = fake.requests.nextRequest('jobs.get');
  const askedAgain = fake.requests.nextRequest('jobs.get', 3);
  const done = service.waitForJob(made, 3_600_000);
  void asked.then(() => stop.abort());
  void askedAgain.then(() => onTestFinished(setForward(6_000)));
  await expect(done).rejects.toMatchObject({ kind: 'transient', reason: 'stopped' });
});

test('a stop cuts short a request that waits for the result of a query, and the result still comes', async () => {
  const { fake, service, stop } = await openStopped(1);
  const hold = fake.faults.hold('queries.results', 'before');
  onTestFinished(() => hold.release());
  const result = service.query('SELECT COUNT(*) FROM d.t', {}, { location: 'EU' });
  await hold.reached;
  stop.abort();
  expect((await result).rows).toEqual([['0']]);
});

test('a query that goes on is not waited for longer than 5 s after a stop', async () => {
  const { fake, service, stop } = await openStopped(1_000_000);
  const asked = fake.requests.nextRequest('queries.results');
  const askedAgain = fake.requests.nextRequest('queries.results', 3);
  const result = service.query('SELECT COUNT(*) FROM d.t', {}, { location: 'EU' });
  void asked.then(() => stop.abort());
  void askedAgain.then(() => onTestFinished(setForward(6_000)));
  await expect(result).rejects.toMatchObject({ kind: 'transient', reason: 'stopped' });
});
