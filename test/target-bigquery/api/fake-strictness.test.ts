import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { expect, test } from 'vitest';
import type { Fake } from '../../fake-bigquery/fake.js';
import { fileOf, loadSpec, openTable, REF } from './open-service.js';

// What the service refuses and this target never does, so that a change of the target that would, shows.

const UNIT = 256 * 1024;

interface ErrorBody {
  readonly error: { readonly message: string; readonly errors: ReadonlyArray<{ readonly reason: string }> };
}

async function begin(fake: Fake, jobId: string): Promise<string> {
  const answer = await fetch(
    `${fake.apiEndpoint}/upload/bigquery/v2/projects/test/jobs?uploadType=resumable`,
    {
      method: 'POST',
      body: JSON.stringify({
        jobReference: { jobId, location: 'EU' },
        configuration: {
          load: {
            destinationTable: { projectId: 'test', datasetId: 'd', tableId: 't' },
            sourceFormat: 'NEWLINE_DELIMITED_JSON',
          },
        },
      }),
    },
  );
  return answer.headers.get('location') ?? `refused with ${answer.status}`;
}

function put(session: string, range: string, body: Buffer = Buffer.alloc(0)): Promise<Response> {
  return fetch(session, { method: 'PUT', headers: { 'content-range': range }, body: new Uint8Array(body) });
}

const ROW = Buffer.from(`{"id":1,"text":"${'x'.repeat(2 * UNIT)}"}`);

test('pieces of an upload are multiples of 256 KiB', async () => {
  const { fake } = await openTable();
  const session = await begin(fake, 'a');
  const answer = await put(session, `bytes 0-99/${ROW.length}`, ROW.subarray(0, 100));
  expect(answer.status).toBe(400);
});

test('pieces of an upload follow each other, and the last one makes the job', async () => {
  const { fake } = await openTable();
  const session = await begin(fake, 'a');
  expect((await put(session, `bytes */${ROW.length}`)).headers.get('range')).toBeNull();
  const first = await put(session, `bytes 0-${UNIT - 1}/${ROW.length}`, ROW.subarray(0, UNIT));
  expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${UNIT - 1}`]);
  const again = await put(session, `bytes 0-${UNIT - 1}/${ROW.length}`, ROW.subarray(0, UNIT));
  expect(again.status).toBe(400);
  expect(fake.jobs.all.has('a')).toBe(false);
  const last = await put(session, `bytes ${UNIT}-${ROW.length - 1}/${ROW.length}`, ROW.subarray(UNIT));
  expect(last.status).toBe(200);
  await fake.idle();
  expect(fake.rows('d', 't')).toHaveLength(1);
});

test('a session that is finished answers with its job again', async () => {
  const { fake } = await openTable();
  const session = await begin(fake, 'a');
  await put(session, `bytes 0-8/9`, Buffer.from('{"id":1}\n'));
  const answer = await put(session, 'bytes */9');
  expect(await answer.json()).toMatchObject({ jobReference: { jobId: 'a' } });
  await fake.idle();
  expect(fake.rows('d', 't')).toEqual([{ id: '1' }]);
});

test('of two uploads under one id the first that is whole makes the job', async () => {
  const { fake } = await openTable();
  const [one, two] = [await begin(fake, 'a'), await begin(fake, 'a')];
  expect((await put(two, 'bytes 0-8/9', Buffer.from('{"id":2}\n'))).status).toBe(200);
  const late = await put(one, 'bytes 0-8/9', Buffer.from('{"id":1}\n'));
  expect(late.status).toBe(409);
  expect(((await late.json()) as ErrorBody).error.errors[0]?.reason).toBe('duplicate');
  await fake.idle();
  expect(fake.rows('d', 't')).toEqual([{ id: '2' }]);
  expect(await begin(fake, 'a')).toBe('refused with 409');
});

test('a new column without ALLOW_FIELD_ADDITION fails the job, as does another type', async () => {
  const { fake, service } = await openTable();
  const retyped = [{ name: 'id', type: 'STRING' as const, mode: 'NULLABLE' as const }];
  const made = await service.insertLoadJob(loadSpec('a', { fields: retyped }), fileOf('{"id":"1"}'));
  expect((await service.waitForJob(made, 30_000)).failure?.message).toContain(
    'Field id has changed type from INTEGER to STRING',
  );
  const session = await begin(fake, 'b');
  await put(session, 'bytes 0-9/10', Buffer.from('{"more":1}'));
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
  const hold = fake.faults.hold('upload.end', 'after');
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
  const session = await begin(fake, 'a');
  await expect(put(session, 'bytes 0-8/9', Buffer.from('{"id":1}\n'))).rejects.toThrow();
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
