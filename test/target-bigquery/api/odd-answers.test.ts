import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { shortWaits } from '../../helpers/short-waits.js';
import { answerJson, proxyTo, serve } from './local-server.js';
import { fileOf, loadSpec, openClient, openTable, REF } from './open-service.js';

beforeEach(shortWaits);

const NO_JOBS = ['<html>Please log in</html>', 'null', '[]', '{}', ''];

test.each(NO_JOBS)('an upload that is answered with %j is repeated under its id', async (words) => {
  const { fake } = await openTable();
  let answers = 0;
  const origin = await proxyTo(fake.apiEndpoint, ({ url }) =>
    url?.startsWith('/upload/') && answers++ === 0 ? words : undefined,
  );
  const service = await openClient(origin);
  await expect(service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'))).rejects.toMatchObject({
    kind: 'duplicate',
  });
  await fake.idle();
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
  expect(fake.requests.ofKind('upload')).toHaveLength(2);
});

test('a job under another id than ours is the job', async () => {
  const { fake } = await openTable();
  const origin = await proxyTo(fake.apiEndpoint, ({ url }, body) =>
    url?.startsWith('/upload/') ? body.replaceAll('"a"', '"another"') : undefined,
  );
  const made = await (await openClient(origin)).insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  expect(made.id).toBe('another');
});

test.each(['null', '[]', '"x"', '7', '', '<html>'])('an answer of %j is asked for again', async (words) => {
  const { fake } = await openTable();
  let answers = 0;
  const origin = await proxyTo(fake.apiEndpoint, () => (answers++ === 0 ? words : undefined));
  expect((await (await openClient(origin)).getTable(REF))?.fields).toHaveLength(2);
});

test('an upload that is never answered fails after the timeout', async () => {
  const { fake } = await openTable();
  const service = await openClient(fake.apiEndpoint, { timeout: 2 });
  const held = fake.faults.hold('upload', 'before');
  onTestFinished(() => held.release());
  await expect(service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'))).rejects.toMatchObject({
    kind: 'transient',
    reason: 'timeout',
  });
});

test('an upload that fails again and again fails for good after the timeout', async () => {
  const { fake } = await openTable();
  const service = await openClient(fake.apiEndpoint, { timeout: 2 });
  fake.faults.refuse('upload', 503, 'backendError', 10_000);
  await expect(service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'))).rejects.toMatchObject({
    kind: 'transient',
    reason: 'timeout',
  });
});

test('the list of jobs is read no further than to jobs that are too old', async () => {
  const since = 1_700_000_000_000;
  const job = (jobId: string, createdAt: number) => ({
    jobReference: { jobId },
    configuration: { load: { destinationTable: { datasetId: 'd', tableId: 't' } } },
    statistics: { creationTime: String(createdAt) },
  });
  let pages = 0;
  const origin = await serve((_, response) => {
    pages += 1;
    const jobs = pages === 1 ? [job('b', since + 1)] : [job('a', since), job('old', since - 1)];
    answerJson(response, 200, { jobs, nextPageToken: 'more' });
  });
  const jobs = await (await openClient(origin)).listLoadJobs(REF, since);
  expect(jobs.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(pages).toBe(2);
});
