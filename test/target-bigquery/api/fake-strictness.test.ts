import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { expect, test } from 'vitest';
import type { Fake } from '../../fake-bigquery/fake.js';
import { fileOf, loadSpec, openTable, REF } from './open-service.js';

// What the service refuses and this target never does, so that a change of the target that would, shows.

interface ErrorBody {
  readonly error: { readonly message: string; readonly errors: ReadonlyArray<{ readonly reason: string }> };
}

interface Body {
  readonly error?: ErrorBody['error'];
  readonly jobReference?: { readonly jobId: string };
}

/** An upload as the service takes it, of rows as they are. */
async function send(fake: Fake, jobId: string, rows: string): Promise<{ status: number; body: Body }> {
  const job = {
    jobReference: { jobId, location: 'EU' },
    configuration: {
      load: {
        destinationTable: { projectId: 'test', datasetId: 'd', tableId: 't' },
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
      },
    },
  };
  const parts = [JSON.stringify(job), rows].map((part) => `--b\r\ncontent-type: x\r\n\r\n${part}\r\n`);
  const url = `${fake.apiEndpoint}/upload/bigquery/v2/projects/test/jobs?uploadType=multipart`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'multipart/related; boundary=b' },
    body: `${parts.join('')}--b--\r\n`,
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

test('an upload makes the job of its id', async () => {
  const { fake } = await openTable();
  expect(await send(fake, 'a', '{"id":1}\n')).toMatchObject({
    status: 200,
    body: { jobReference: { jobId: 'a' } },
  });
  await fake.idle();
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
});

test('of two uploads under one id the first that arrives makes the job, and the other one gets 409', async () => {
  const { fake } = await openTable();
  const hold = fake.faults.hold('upload', 'before');
  const first = send(fake, 'a', '{"id":1}\n');
  await hold.reached;
  expect((await send(fake, 'a', '{"id":2}\n')).status).toBe(200);
  hold.release();
  const { status, body } = await first;
  expect([status, body.error?.errors[0]?.reason]).toEqual([409, 'duplicate']);
  await fake.idle();
  expect(fake.rows('d', 't')).toEqual([{ id: '2' }]);
});

test('a new column without ALLOW_FIELD_ADDITION fails the job, as does another type', async () => {
  const { fake, service } = await openTable();
  const retyped = [{ name: 'id', type: 'STRING' as const, mode: 'NULLABLE' as const }];
  const made = await service.insertLoadJob(loadSpec('a', { fields: retyped }), fileOf('{"id":"1"}'));
  expect((await service.waitForJob(made, 30_000)).failure?.message).toContain(
    'Field id has changed type from INTEGER to STRING',
  );
  await send(fake, 'b', '{"more":1}');
  await fake.idle();
  expect(fake.jobs.all.get('b')?.errors[1]?.message).toContain('No such field: more.');
  expect(fake.rows('d', 't')).toEqual([]);
});

test("Google's own client is understood: job and content in one request", async () => {
  const { fake } = await openTable();
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'x', expiry_date: Date.now() + 1e11 });
  const client = new BigQuery({ projectId: 'test', apiEndpoint: fake.apiEndpoint, authClient });
  const stream = client.dataset('d').table('t').createWriteStream({
    sourceFormat: 'NEWLINE_DELIMITED_JSON',
    jobId: 'one-request',
    location: 'EU',
  });
  const job = new Promise((resolve, reject) => stream.on('complete', resolve).on('error', reject));
  stream.end('{"id":"9007199254740993"}\n');
  await job;
  expect(fake.rows('d', 't')).toEqual([{ id: '9007199254740993' }]);
  const [rows] = await client.query({
    query: 'SELECT id FROM d.t WHERE id > @least',
    params: { least: 1 },
    location: 'EU',
  });
  expect(rows).toHaveLength(1);
});

test('the answer to tables.get may be old, and a load sees the new schema', async () => {
  const { fake, service } = await openTable();
  fake.showOldSchema('d', 't', 1);
  const fields = [
    ...loadSpec('a').fields,
    { name: 'more', type: 'STRING' as const, mode: 'NULLABLE' as const },
  ];
  await service.patchTable(REF, { fields }, '');
  expect((await service.getTable(REF))?.fields).toHaveLength(2);
  expect((await service.getTable(REF))?.fields).toHaveLength(3);
});

test('a step may be held, and everything that happens be waited for', async () => {
  const { fake, service } = await openTable();
  const hold = fake.faults.hold('upload', 'after');
  const committed = fake.requests.nextCommit();
  const made = service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  await hold.reached;
  await committed;
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
  hold.release();
  expect((await made).id).toBe('a');
});

test('a load that is late lands when it is let go', async () => {
  const { fake } = await openTable();
  const late = fake.faults.late();
  await expect(send(fake, 'a', '{"id":1}\n')).rejects.toThrow();
  await late.arrived;
  expect(fake.jobs.all.has('a')).toBe(false);
  expect(await late.release()).toBe(true);
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
  expect(await late.release()).toBe(false);
});

test('rows that vanish leave their job DONE', async () => {
  const { fake, service } = await openTable();
  const made = await service.insertLoadJob(loadSpec('a'), fileOf('{"id":1}'));
  await service.waitForJob(made, 30_000);
  fake.truncate('d', 't');
  expect(fake.rows('d', 't')).toEqual([]);
  expect(await service.getJob('a', 'EU')).toMatchObject({ state: 'DONE', outputRows: 1 });
});
