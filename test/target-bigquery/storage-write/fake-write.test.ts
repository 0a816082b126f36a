import { type protos, v1 } from '@google-cloud/bigquery-storage';
import { credentials } from '@grpc/grpc-js';
import { OAuth2Client } from 'google-auth-library';
import { expect, onTestFinished, test } from 'vitest';
import { rowDescriptor as descriptorOf } from '../../../packages/target-bigquery/dist/rows/proto-descriptor.js';
import { ProtoEncoder } from '../../../packages/target-bigquery/dist/rows/proto-encode.js';
import { FIELDS, startAppending, TABLE } from './appending.js';

type Response = protos.google.cloud.bigquery.storage.v1.IAppendRowsResponse;

/** Google's own client, as anybody would use it. */
function googleClient(address: string): v1.BigQueryWriteClient {
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: 'x', expiry_date: Date.now() + 1e9 });
  const [apiEndpoint, port] = address.split(':');
  const client = new v1.BigQueryWriteClient({
    projectId: 'test',
    authClient: auth as never,
    apiEndpoint: apiEndpoint as string,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
  });
  onTestFinished(() => client.close());
  return client;
}

const encoder = new ProtoEncoder(FIELDS);
const serialized = (id: number) => {
  const row = encoder.encode(JSON.stringify({ id }));
  return 'bytes' in row ? Uint8Array.from(row.bytes) : new Uint8Array();
};

/** One AppendRows call: sends a request for each offset, and gives all answers, or the error that ended it. */
async function answers(
  client: v1.BigQueryWriteClient,
  writeStream: string,
  requests: ReadonlyArray<{ offset?: number; ids: readonly number[]; rows?: readonly Uint8Array[] }>,
): Promise<Response[]> {
  await client.initialize();
  const call = client.appendRows();
  const found: Response[] = [];
  return new Promise((resolve, reject) => {
    call.on('error', reject);
    call.on('data', (response: Response) => found.push(response));
    call.on('end', () => resolve(found));
    for (const { offset, ids, rows } of requests) {
      call.write({
        writeStream,
        ...(offset !== undefined && { offset: { value: offset } }),
        protoRows: {
          writerSchema: { protoDescriptor: descriptorOf(FIELDS) },
          rows: { serializedRows: rows ?? ids.map(serialized) },
        },
      });
    }
    call.end();
  });
}

const codes = (found: readonly Response[]) => found.map(({ error }) => error?.code ?? 0);

async function stream(
  client: v1.BigQueryWriteClient,
  type: 'COMMITTED' | 'PENDING' | 'BUFFERED',
): Promise<string> {
  const [made] = await client.createWriteStream({ parent: TABLE, writeStream: { type } });
  return made.name as string;
}

test('an append at the end is written, one below exists already, and one above is out of range', async () => {
  const { server, rows } = await startAppending();
  const client = googleClient(server.address);
  const name = await stream(client, 'COMMITTED');
  const found = await answers(client, name, [
    { offset: 0, ids: [1, 2] },
    { offset: 0, ids: [1, 2] },
    { offset: 3, ids: [4] },
    { offset: 2, ids: [3] },
  ]);
  expect(codes(found)).toEqual([0, 6, 11, 0]);
  expect(rows().map((row) => (row as { id: string }).id)).toEqual(['1', '2', '3']);
});

test('a finalized stream takes nothing, and says how many rows it has', async () => {
  const { server, rows } = await startAppending();
  const client = googleClient(server.address);
  const name = await stream(client, 'COMMITTED');
  await answers(client, name, [{ offset: 0, ids: [1] }]);
  const [{ rowCount }] = await client.finalizeWriteStream({ name });
  expect(Number(rowCount)).toBe(1);
  expect(codes(await answers(client, name, [{ offset: 1, ids: [2] }]))).toEqual([9]);
  expect(rows().length).toBe(1);
});

test('a bad row is named by its index, and no row of its request is written', async () => {
  const { server, rows } = await startAppending();
  const client = googleClient(server.address);
  const name = await stream(client, 'COMMITTED');
  const noField = Buffer.from('f80701', 'hex'); // field 127
  const [response] = await answers(client, name, [
    { offset: 0, ids: [], rows: [serialized(1), noField, serialized(3)] },
  ]);
  expect(response?.rowErrors?.map(({ index }) => Number(index))).toEqual([1]);
  expect(rows()).toEqual([]);
});

test('the default stream takes no offset', async () => {
  const { server, rows } = await startAppending();
  const client = googleClient(server.address);
  const name = `${TABLE}/streams/_default`;
  expect(codes(await answers(client, name, [{ ids: [1] }]))).toEqual([0]);
  expect(codes(await answers(client, name, [{ offset: 1, ids: [2] }]))).toEqual([3]);
  expect(rows().length).toBe(1);
});

test('a write stream that does not exist is NOT_FOUND', async () => {
  const { server } = await startAppending();
  const client = googleClient(server.address);
  await expect(answers(client, `${TABLE}/streams/nobody`, [{ offset: 0, ids: [1] }])).rejects.toMatchObject({
    code: 5,
  });
  await expect(client.finalizeWriteStream({ name: `${TABLE}/streams/nobody` })).rejects.toMatchObject({
    code: 5,
  });
});

test('a request beyond the limit is refused', async () => {
  const { server, rows } = await startAppending();
  const client = googleClient(server.address);
  const name = await stream(client, 'COMMITTED');
  const large = [Buffer.concat([Buffer.from('12ffffff04', 'hex'), Buffer.alloc(10_485_759, 120)])];
  await expect(answers(client, name, [{ offset: 0, ids: [], rows: large }])).rejects.toMatchObject({
    code: 8,
  });
  expect(rows()).toEqual([]);
});

test('pending rows are seen when all streams are committed, once', async () => {
  const { server, rows } = await startAppending();
  const client = googleClient(server.address);
  const names = [await stream(client, 'PENDING'), await stream(client, 'PENDING')];
  for (const [index, name] of names.entries()) await answers(client, name, [{ offset: 0, ids: [index] }]);
  const commit = async () =>
    (await client.batchCommitWriteStreams({ parent: TABLE, writeStreams: names }))[0];
  expect((await commit()).streamErrors?.length).toBe(2);
  expect(rows()).toEqual([]);
  for (const name of names) await client.finalizeWriteStream({ name });
  expect((await commit()).commitTime).toBeTruthy();
  expect(rows().length).toBe(2);
  expect((await commit()).streamErrors?.length).toBe(2);
  expect(rows().length).toBe(2);
});

test('buffered rows are seen up to the offset that is flushed', async () => {
  const { server, rows } = await startAppending();
  const client = googleClient(server.address);
  const name = await stream(client, 'BUFFERED');
  await answers(client, name, [{ offset: 0, ids: [1, 2, 3] }]);
  expect(rows()).toEqual([]);
  await client.flushRows({ writeStream: name, offset: { value: 1 } });
  expect(rows().length).toBe(2);
});
