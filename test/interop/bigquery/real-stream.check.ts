import { setTimeout as sleep } from 'node:timers/promises';
import { adapt, managedwriter, type protos } from '@google-cloud/bigquery-storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../helpers/until.js';
import { makeTable, type RealDataset, realDataset, rowsOf } from './real-service.js';

// These wait for the service: BIGQUERY_TEST_MINUTES says how long a stream is left idle, and a new column waited for.

const MINUTES = Number(process.env.BIGQUERY_TEST_MINUTES ?? 12);
const WAIT_MS = MINUTES * 60_000;

let place: RealDataset;
let client: managedwriter.WriterClient;
beforeAll(async () => {
  place = await realDataset();
  client = new managedwriter.WriterClient({ projectId: place.rest.project });
});
afterAll(async () => {
  client?.close();
  await place?.drop();
});

type Answer = protos.google.cloud.bigquery.storage.v1.IAppendRowsResponse;

interface Stream {
  append(n: number, offset: number): Promise<Answer>;
  close(): void;
}

/** A new table and a COMMITTED stream into it. */
async function openStream(table: string): Promise<Stream> {
  const fields = [{ name: 'n', type: 'INTEGER' }];
  await makeTable(place, table, fields);
  const destinationTable = `projects/${place.rest.project}/datasets/${place.dataset}/tables/${table}`;
  const streamId = await client.createWriteStream({ streamType: 'COMMITTED', destinationTable });
  return await connect(streamId, fields);
}

async function connect(streamId: string, fields: Array<{ name: string; type: string }>): Promise<Stream> {
  const connection = await client.createStreamConnection({ streamId });
  connection.on('error', () => {}); // told by the append that it cuts
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields });
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root');
  const writer = new managedwriter.JSONWriter({ connection, protoDescriptor });
  return {
    append: (n, offset) => writer.appendRows([{ n }], offset).getResult(),
    close: () => connection.close(),
  };
}

test('an open stream is told of a new column', { timeout: WAIT_MS + 120_000 }, async () => {
  const stream = await openStream('told');
  await stream.append(0, 0);
  await place.rest.call('PATCH', `/datasets/${place.dataset}/tables/told`, {
    schema: {
      fields: [
        { name: 'n', type: 'INTEGER' },
        { name: 'added', type: 'STRING' },
      ],
    },
  });
  const began = Date.now();
  let offset = 1;
  await until(
    async () => {
      const { error, updatedSchema } = await stream.append(offset, offset++);
      expect(error ?? undefined).toBe(undefined);
      return updatedSchema;
    },
    'updatedSchema',
    WAIT_MS,
  );
  console.log(`told after ${Math.round((Date.now() - began) / 1000)} s and ${offset} appends`);
  stream.close();
});

test(`a stream that was idle for ${MINUTES} minutes goes on`, { timeout: WAIT_MS + 120_000 }, async () => {
  const stream = await openStream('idle');
  await stream.append(0, 0);
  await sleep(WAIT_MS);
  expect((await stream.append(1, 1)).error ?? undefined).toBe(undefined);
  stream.close();
  expect(await rowsOf(place, 'COUNT(*) AS rows_found', 'idle')).toEqual([{ rows_found: '2' }]);
});
