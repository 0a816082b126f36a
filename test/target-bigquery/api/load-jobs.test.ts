import { beforeEach, expect, test } from 'vitest';
import { shortWaits } from '../../helpers/short-waits.js';
import { bigFile, fileOf, loadSpec, openTable, REF } from './open-service.js';

beforeEach(shortWaits);

test('a load job brings the rows of a file', async () => {
  const { fake, service } = await openTable();
  const made = await service.insertLoadJob(
    loadSpec('a'),
    fileOf('{"id":1,"text":"x"}', '{"id":"9007199254740993"}'),
  );
  const job = await service.waitForJob(made, 30_000);
  expect(job.failure).toBeUndefined();
  expect(job.outputRows).toBe(2);
  expect(fake.rows('d', 't')).toEqual([{ id: '1', text: 'x' }, { id: '9007199254740993' }]);
});

test('when the answer to an upload is lost, the repeated one is a duplicate, and the rows are loaded once', async () => {
  const { fake, service } = await openTable();
  fake.faults.loseAnswer();
  await expect(service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'))).rejects.toMatchObject({
    kind: 'duplicate',
  });
  await service.waitForJob({ id: 'a', location: 'EU' }, 30_000);
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
  expect(fake.faults.pending).toBe(0);
});

test('an upload of many megabytes that is cut is repeated as a whole, under the same id', {
  timeout: 30_000,
}, async () => {
  const { fake, service } = await openTable();
  fake.faults.cut('upload', 3_000_000);
  const made = await service.insertLoadJob(loadSpec('a'), bigFile(20));
  const job = await service.waitForJob(made, 60_000);
  expect(job).toMatchObject({ id: 'a', outputRows: 20 });
  const texts = fake.rows('d', 't').map(({ text }) => text);
  expect(texts).toEqual(Array.from({ length: 20 }, () => 'x'.repeat(1_000_000)));
  expect(fake.requests.ofKind('upload')).toHaveLength(2);
});

test('uploads of several sizes, one after the other, carry exactly their own bytes', async () => {
  const { fake, service } = await openTable();
  for (const [id, rows] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ] as const) {
    const job = await service.waitForJob(await service.insertLoadJob(loadSpec(id), bigFile(rows)), 30_000);
    expect(job).toMatchObject({ failure: undefined, outputRows: rows });
  }
  expect(fake.rows('d', 't')).toHaveLength(6);
});

test('an id that is taken is a duplicate, and nothing is loaded', async () => {
  const { fake, service } = await openTable();
  await service.waitForJob(await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}')), 30_000);
  await expect(service.insertLoadJob(loadSpec('a'), fileOf('{"id":2}'))).rejects.toMatchObject({
    kind: 'duplicate',
  });
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
});

test('an upload is repeated while the service is unavailable', async () => {
  const { fake, service } = await openTable();
  fake.faults.refuse('upload', 503, 'backendError');
  fake.faults.refuse('upload', 429, 'rateLimitExceeded');
  await service.waitForJob(await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}')), 30_000);
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
});

test('an abandoned upload that arrives late collides with the repeated one', async () => {
  const { fake, service } = await openTable();
  const late = fake.faults.late();
  const made = await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  await service.waitForJob(made, 30_000);
  expect(await late.release()).toBe(false);
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
});

test('an abandoned upload that arrives before the repeated one creates the job', async () => {
  const { fake, service } = await openTable();
  const late = fake.faults.late();
  const hold = fake.faults.hold('upload', 'before');
  const made = service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  made.catch(() => {});
  await hold.reached;
  expect(await late.release()).toBe(true);
  hold.release();
  await expect(made).rejects.toMatchObject({ kind: 'duplicate' });
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
});

test('new columns come with the job', async () => {
  const { fake, service } = await openTable();
  const fields = [
    ...loadSpec('a').fields,
    { name: 'more', type: 'BOOLEAN' as const, mode: 'NULLABLE' as const },
  ];
  await service.waitForJob(
    await service.insertLoadJob(loadSpec('a', { fields }), fileOf('{"more":true}')),
    30_000,
  );
  expect(fake.rows('d', 't')).toEqual([{ more: true }]);
  expect((await service.getTable(REF))?.fields.map(({ name }) => name)).toEqual(['id', 'text', 'more']);
});

test('a row that is refused fails the job, and is named by the byte at which it begins', async () => {
  const { fake, service } = await openTable();
  const made = await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}', '{"id":1.5}'));
  const job = await service.waitForJob(made, 30_000);
  expect(job.failure?.reason).toBe('invalid');
  expect(job.problems[1]?.message).toContain(
    'in row starting at position 9: Could not convert value to integer.',
  );
  expect(fake.rows('d', 't')).toEqual([]);
});

test('with bad records allowed the other rows land', async () => {
  const { fake, service } = await openTable();
  const file = fileOf('{"id":1}', '{"id":1.5}', '{"unknown":2}');
  const job = await service.waitForJob(
    await service.insertLoadJob(loadSpec('a', { maxBadRecords: 3 }), file),
    30_000,
  );
  expect(job).toMatchObject({ failure: undefined, outputRows: 1, badRecords: 2 });
  expect(job.problems).toHaveLength(2);
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
});

test('a job that fails for a passing reason loads nothing', async () => {
  const { fake, service } = await openTable();
  fake.faults.failJob('backendError');
  const job = await service.waitForJob(
    await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}')),
    30_000,
  );
  expect(job.failure?.reason).toBe('backendError');
  expect(fake.rows('d', 't')).toEqual([]);
});

test('a running job is waited for', async () => {
  const { fake, service } = await openTable({ runningPolls: 2 });
  await service.waitForJob(await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}')), 30_000);
  expect(fake.requests.ofKind('jobs.get').length).toBeGreaterThanOrEqual(3);
});

test('the daily quota of a table is a failure of its own kind', async () => {
  const { service } = await openTable({ loadsPerDay: 1 });
  await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  await expect(service.insertLoadJob(loadSpec('b'), fileOf('{"id":1}'))).rejects.toMatchObject({
    kind: 'quota',
  });
});

test('a job is not found in another location', async () => {
  const { service } = await openTable();
  await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  expect(await service.getJob('a', 'US')).toBeUndefined();
  expect(await service.getJob('a', 'EU')).toMatchObject({ id: 'a', location: 'EU' });
});

test('load jobs of a table are listed, the newest first', async () => {
  const { service } = await openTable();
  await service.createTable({ dataset: 'd', table: 'u' }, { fields: [] });
  for (const id of ['a', 'b']) await service.insertLoadJob(loadSpec(id), fileOf('{"id":1}'));
  await service.insertLoadJob(loadSpec('c', { table: { dataset: 'd', table: 'u' } }), fileOf('{"id":1}'));
  const jobs = await service.listLoadJobs(REF, Date.now() - 60_000);
  expect(jobs.map(({ id }) => id)).toEqual(['b', 'a']);
});
