import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { rowDescriptor } from '../../../packages/target-bigquery/dist/rows/proto-descriptor.js';
import { ProtoEncoder } from '../../../packages/target-bigquery/dist/rows/proto-encode.js';
import { connectStorage } from '../../../packages/target-bigquery/dist/storage-write/shared-client.js';
import { CODE } from '../../../packages/target-bigquery/dist/storage-write/write-client.js';
import { until } from '../../helpers/until.js';
import { type Emulator, startBqemulator } from './emulator.js';
import { Gate } from './gate.js';
import { load, positionOf, recordLine, schemaLine, startTarget, stateLine, type TapStream } from './load.js';

// Flat tables only: bqemulator's Storage Write API loses nested and repeated columns.

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startBqemulator();
});
afterAll(() => emulator?.stop());

const ROWS = 10_000;
const SETTINGS = { method: 'storage_write_api', batch_size_rows: 100 };
const LONGEST_MS = 100;

function flat(name: string): TapStream {
  return {
    stream: `${name}-data`,
    inbox: 'inbox-1',
    keys: ['id'],
    columns: {
      id: { type: 'integer' },
      name: { type: ['null', 'string'] },
      paid: { type: 'boolean' },
      at: { type: 'string', format: 'date-time' },
      day: { type: 'string', format: 'date' },
    },
  };
}

/** A number beyond what a double holds, another one at each position. */
function id(position: number): bigint {
  return 9_223_372_036_854_775_807n - BigInt(position);
}

function linesFrom(stream: TapStream, loaded: number): string {
  const lines = [schemaLine(stream)];
  for (let position = loaded + 1; position <= ROWS; position += 1) {
    lines.push(recordLine(stream, position, `"id":${id(position)},"name":"N${position}"`));
    if (position % 50 === 0) lines.push(stateLine(stream, position));
  }
  return `${lines.join('\n')}\n`;
}

test('values of a flat table are what the tap sent', async () => {
  const stream = flat('flat');
  const records = [
    '"id":1', // the first rows of an inbox go by a load job, and so do those with which its stream begins
    '"id":2',
    '"id":-9223372036854775808,"name":"Ä \\"ü\\" 漢字","paid":true,"at":"2026-02-03T04:05:06.789012+01:00","day":"2024-02-29"',
    '"id":0,"name":null,"paid":false,"at":"1969-12-31T23:59:59.999Z","day":"1969-12-31"',
  ].map((row, index) => recordLine(stream, index + 1, row));
  const lines = [schemaLine(stream), ...records, stateLine(stream, 4)];
  const { states } = await load(emulator, lines, { ...SETTINGS, batch_size_rows: 1 });
  expect(positionOf(stream, states, 0)).toBe(4);
  const { rest } = emulator;
  const methods = 'SELECT method FROM flat._sdc_loads WHERE event = "loaded" ORDER BY first_position';
  expect((await rest.query(methods)).map(({ method }) => method)).toEqual([
    'batch_job',
    'batch_job',
    'storage_write_api',
    'storage_write_api',
  ]);
  expect(
    await rest.query(
      `SELECT id, name, paid, FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%E6S', at, 'UTC') AS at, CAST(day AS STRING) AS day,
         FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%E6S', _sdc_received_at, 'UTC') AS received
       FROM flat.data WHERE _sdc_position > 2 ORDER BY _sdc_position`,
    ),
  ).toEqual([
    {
      id: '-9223372036854775808',
      name: 'Ä "ü" 漢字',
      paid: 'true',
      at: '2026-02-03 03:05:06.789012',
      day: '2024-02-29',
      received: '2026-01-31 23:59:00.030000',
    },
    {
      id: '0',
      name: null,
      paid: 'false',
      at: '1969-12-31 23:59:59.999000',
      day: '1969-12-31',
      received: '2026-01-31 23:59:00.040000',
    },
  ]);
});

test('offsets are read as the emulator means them: written already, a gap, the end of a stream', async () => {
  const { rest, settings } = emulator;
  const fields = [{ name: 'n', type: 'INTEGER', mode: 'NULLABLE' }] as const;
  const at = { projectId: settings.project, datasetId: 'offsets', tableId: 'data' };
  await rest.call('POST', '/datasets', { datasetReference: at });
  await rest.call('POST', '/datasets/offsets/tables', { tableReference: at, schema: { fields } });
  const client = await connectStorage(settings);
  onTestFinished(() => client.close());
  const stream = await client.createStream(`projects/${settings.project}/datasets/offsets/tables/data`);
  const append = async (n: number, offset: number) => {
    const encoded = new ProtoEncoder(fields).encode(`{"n":"${n}"}`);
    if (!('bytes' in encoded)) throw new Error(encoded.refused);
    // a connection of its own each time, as after a break
    const connection = client.connect(stream, rowDescriptor(fields));
    return await connection.append({ offset, rows: [encoded.bytes] }).finally(() => connection.close());
  };
  await append(1, 0);
  await append(2, 1);
  await expect(append(2, 1)).rejects.toMatchObject({ code: CODE.alreadyExists });
  await expect(append(9, 5)).rejects.toMatchObject({ code: CODE.outOfRange });
  await client.finalize(stream);
  await expect(append(9, 2)).rejects.toMatchObject({ kind: expect.not.stringMatching('transient') });
  expect(await rest.query('SELECT n FROM offsets.data ORDER BY n')).toEqual([{ n: '1' }, { n: '2' }]);
});

/** Runs the target from a state on an empty disk, and kills it: soon after `when`. @returns the states it printed. */
async function life(
  stream: TapStream,
  gate: Gate,
  from: number,
  when: 'open' | 'loading',
): Promise<string[]> {
  const target = startTarget({ ...emulator.settings, ...SETTINGS, api_endpoint: gate.url });
  const begun = gate.uploads;
  target.child.stdin?.write(linesFrom(stream, from)); // not ended: the tap goes on
  // an upload: the name of its write stream is recorded, before its first append
  const isTime = () => (when === 'open' ? gate.uploads > begun : target.lines.length > 0);
  await until(() => isTime() || target.child.exitCode !== null, 'the time to kill');
  await sleep(randomInt(LONGEST_MS));
  expect(target.child.exitCode, target.stderr).toBe(null);
  target.child.kill('SIGKILL');
  await target.exit();
  await gate.idle(); // for what is loaded into _sdc_loads; appends of the dead are refused once its stream is finalized
  return target.lines;
}

test('rows are in once each though the target is killed six times and loses its disk', async () => {
  const stream = flat('killed');
  const gate = await Gate.open(emulator.settings.api_endpoint);
  let position = 0;
  for (const when of ['open', 'loading', 'open', 'loading', 'open', 'loading'] as const) {
    position = positionOf(stream, await life(stream, gate, position, when), position);
  }
  expect(position).toBeLessThan(ROWS);
  const { states } = await load(emulator, [linesFrom(stream, position)], SETTINGS);
  expect(positionOf(stream, states, position)).toBe(ROWS);
  const { rest } = emulator;
  const found = await rest.query('SELECT _sdc_position AS p, id FROM killed.data ORDER BY p');
  const sent = Array.from({ length: ROWS }, (_, index) => ({
    p: String(index + 1),
    id: String(id(index + 1)),
  }));
  expect(found).toEqual(sent);
  const events = 'SELECT event, job FROM killed._sdc_loads WHERE event LIKE "stream_%"';
  const named = async (event: string) =>
    new Set((await rest.query(events)).filter((row) => row.event === event).map(({ job }) => job));
  expect(await named('stream_finalized')).toEqual(await named('stream_opened'));
});
