import { beforeEach, expect, test } from 'vitest';
import type { Fake } from '../../fake-bigquery/fake.js';
import type { FakeJob } from '../../fake-bigquery/jobs.js';
import { shortWaits } from '../../helpers/short-waits.js';
import { openClient, openTable } from './open-service.js';

beforeEach(shortWaits);

const SQL = 'SELECT COUNT(*) FROM d.t';

/** The next query jobs are over at once, and failed. */
function failQueries(fake: Fake, reason: string, times = 1): void {
  let left = times;
  const end = fake.jobs.end.bind(fake.jobs);
  fake.jobs.end = (job: FakeJob) => {
    if (left-- > 0) fail(job, reason);
    end(job);
  };
}

function fail(job: FakeJob, reason: string): void {
  job.errorResult = { reason, message: 'The job failed.' };
}

test.each(['backendError', 'rateLimitExceeded'])(
  'a query whose job fails (%s) gets another job',
  async (reason) => {
    const { fake, service } = await openTable();
    failQueries(fake, reason);
    expect((await service.query(SQL, {}, { location: 'EU' })).rows).toEqual([['0']]);
    expect(new Set(fake.jobs.all.keys()).size).toBe(2);
  },
);

test('a query that fails while its result is awaited gets another job', async () => {
  const { fake, service } = await openTable();
  const off = fake.requests.on((event) => {
    if (event.type !== 'request' || event.request.kind !== 'queries.results') return;
    off();
    for (const job of fake.jobs.all.values()) fail(job, 'backendError');
  });
  expect((await service.query(SQL, {}, { location: 'EU' })).rows).toEqual([['0']]);
  expect(fake.jobs.all.size).toBe(2);
  expect(fake.requests.ofKind('queries.results')).toHaveLength(2);
});

test('an answer that fails, of a job that does not, is asked for again', async () => {
  const { fake, service } = await openTable();
  fake.faults.refuse('queries.results', 503, 'backendError');
  expect((await service.query(SQL)).rows).toEqual([['0']]);
  expect(fake.jobs.all.size).toBe(1);
});

test('a query whose jobs keep failing fails after the timeout', async () => {
  const { fake } = await openTable();
  const service = await openClient(fake.apiEndpoint, { timeout: 1 });
  failQueries(fake, 'backendError', 10_000);
  await expect(service.query(SQL)).rejects.toMatchObject({ kind: 'transient', reason: 'backendError' });
  expect(fake.jobs.all.size).toBeGreaterThan(1);
});

test('a query that is wrong gets no other job', async () => {
  const { fake, service } = await openTable();
  failQueries(fake, 'invalidQuery');
  await expect(service.query(SQL)).rejects.toMatchObject({ kind: 'invalid', reason: 'invalidQuery' });
  expect(fake.jobs.all.size).toBe(1);
});
