import { beforeEach, expect, test } from 'vitest';
import { AppendStopped } from '../../../packages/target-bigquery/dist/storage-write/appender.js';
import { shortWaits } from '../../helpers/short-waits.js';
import { appender, cut, FIELDS, rowOf, rowsFrom, startAppending, TABLE } from './appending.js';

beforeEach(shortWaits);

const shown = (first: number, last: number) =>
  rowsFrom(first, last).map(({ text }) => {
    const { id, text: words } = JSON.parse(text);
    return { id: String(id), text: words };
  });

test('rows are appended in order, in several requests, over several batches', async () => {
  const { client, rows, server } = await startAppending();
  const offsets: unknown[] = [];
  server.faults.onAppend = ({ stage, offset }) => void (stage === 'arrived' && offsets.push(offset));
  const to = appender(client, await client.createStream(TABLE));
  for (const [first, last] of [
    [1, 6],
    [7, 8],
  ] as const) {
    const { requests, format, tally } = cut(rowsFrom(first, last));
    await to.append(requests, format.descriptor, tally);
    expect(tally).toEqual({ loaded: last - first + 1, refused: [] });
  }
  expect(rows()).toEqual(shown(1, 8));
  expect(offsets).toEqual([0, 2, 4, 6]);
});

test('an answer that is lost after the rows were written writes them once (ALREADY_EXISTS)', async () => {
  const { client, rows, server } = await startAppending();
  server.faults.appends.push('none', 'lost');
  const { requests, format, tally } = cut(rowsFrom(1, 8));
  await appender(client, await client.createStream(TABLE)).append(requests, format.descriptor, tally);
  expect(rows()).toEqual(shown(1, 8));
  expect(tally.loaded).toBe(8);
});

test.each(['cut', 'internal', 'exhausted', 'gap'] as const)(
  'rows are sent again after: %s',
  async (fault) => {
    const { client, rows, server } = await startAppending();
    server.faults.appends.push('none', fault);
    const { requests, format, tally } = cut(rowsFrom(1, 8));
    await appender(client, await client.createStream(TABLE)).append(requests, format.descriptor, tally);
    expect(rows()).toEqual(shown(1, 8));
  },
);

test('an answer that never comes is waited for until its deadline, then the rows are sent again', async () => {
  const { client, rows, server } = await startAppending(FIELDS, 300);
  server.faults.appends.push('hang');
  const { requests, format, tally } = cut(rowsFrom(1, 2));
  await appender(client, await client.createStream(TABLE)).append(requests, format.descriptor, tally);
  expect(rows()).toEqual(shown(1, 2));
});

test('rows that the service finds bad are refused with its reason, and all others are written', async () => {
  const { client, rows, server } = await startAppending();
  server.faults.refuseRow = ({ id }) => (id === '3' || id === '6' ? `bad id ${id}` : undefined);
  const { requests, format, tally } = cut(rowsFrom(1, 8));
  await appender(client, await client.createStream(TABLE)).append(requests, format.descriptor, tally);
  expect(rows().map((row) => (row as { id: string }).id)).toEqual(['1', '2', '4', '5', '7', '8']);
  expect(tally.loaded).toBe(6);
  expect(tally.refused.map(({ row, reason }) => [row.text, reason])).toEqual([
    [rowOf(3).text, 'BigQuery refused the row: bad id 3'],
    [rowOf(6).text, 'BigQuery refused the row: bad id 6'],
  ]);
});

test('a request with only bad rows delays nothing', async () => {
  const { client, rows, server } = await startAppending();
  server.faults.refuseRow = ({ id }) => (Number(id) <= 4 ? 'bad' : undefined);
  const { requests, format, tally } = cut(rowsFrom(1, 6));
  await appender(client, await client.createStream(TABLE)).append(requests, format.descriptor, tally);
  expect(rows()).toEqual(shown(5, 6));
  expect(tally.refused.length).toBe(4);
});

test('a write stream that another process finalized takes nothing more', async () => {
  const { client, rows, server } = await startAppending();
  const stream = await client.createStream(TABLE);
  const to = appender(client, stream);
  const first = cut(rowsFrom(1, 2));
  await to.append(first.requests, first.format.descriptor, first.tally);
  server.streams.finalize(stream);
  const { requests, format, tally } = cut(rowsFrom(3, 4));
  const stopped = await to.append(requests, format.descriptor, tally).catch((error) => error);
  expect(stopped).toBeInstanceOf(AppendStopped);
  expect(stopped).toMatchObject({ reason: 'finalized', isUnknown: true });
  expect(rows()).toEqual(shown(1, 2));
});

test('a column that the service does not know yet stops the append, with all rows left', async () => {
  const { client, rows, server, table } = await startAppending();
  server.streams.seeAll();
  server.faults.isSchemaLate = true;
  const fields = [...FIELDS, { name: 'late', type: 'STRING', mode: 'NULLABLE' } as const];
  table.fields = fields;
  const given = rowsFrom(1, 6);
  const { requests, format, tally } = cut(given, { fields });
  const to = appender(client, await client.createStream(TABLE));
  const stopped = await to.append(requests, format.descriptor, tally).catch((error) => error);
  expect(stopped).toBeInstanceOf(AppendStopped);
  expect(stopped).toMatchObject({ reason: 'schema', isUnknown: false, left: given });
  expect(rows()).toEqual([]);
});

test('a write stream that does not exist any more stops the append', async () => {
  const { client, server } = await startAppending();
  const stream = `${TABLE}/streams/nobody`;
  const { requests, format, tally } = cut(rowsFrom(1, 2));
  const stopped = await appender(client, stream, { absentMs: -1 })
    .append(requests, format.descriptor, tally)
    .catch((error) => error);
  expect(stopped).toMatchObject({ reason: 'gone', isUnknown: true });
  expect(server.faults.appends).toEqual([]);
});

test('a row too large for a request is left to be taken, in its place', async () => {
  const { client, rows } = await startAppending();
  const given = [rowOf(1), rowOf(2, 'x'.repeat(200)), rowOf(3)];
  const { requests, format, tally } = cut(given, { rowBytes: 100 });
  const to = appender(client, await client.createStream(TABLE));
  await to.append(requests, format.descriptor, tally);
  expect(rows()).toEqual(shown(1, 1));
  expect(requests.takeLarge().map(({ text }) => text)).toEqual([given[1]?.text]);
  await to.append(requests, format.descriptor, tally);
  expect(rows()).toEqual([...shown(1, 1), ...shown(3, 3)]);
  expect(requests.takeLarge()).toEqual([]);
});

test('no more bytes are under way than allowed', async () => {
  const { client, server } = await startAppending();
  let sent = 0;
  let written = 0;
  let most = 0;
  const { requests, format, tally } = cut(rowsFrom(1, 20));
  const counted = {
    get rest() {
      return requests.rest;
    },
    async next() {
      const request = await requests.next();
      if (request) most = Math.max(most, ++sent - written);
      return request;
    },
  };
  server.faults.onAppend = ({ stage }) => void (stage === 'committed' && written++);
  const to = appender(client, await client.createStream(TABLE), { inFlightBytes: 50 });
  await to.append(counted, format.descriptor, tally);
  expect(written).toBe(10);
  expect(most).toBe(3); // of 18 to 20 bytes each
});
