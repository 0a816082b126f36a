import { beforeEach, expect, test } from 'vitest';
import { endStream } from '../../../packages/target-bigquery/dist/storage-write/end-streams.js';
import { fastClock, shortWaits } from '../../helpers/short-waits.js';
import { until } from '../../helpers/until.js';
import { appender, cut, retryFor, rowsFrom, startAppending, TABLE } from './appending.js';

beforeEach(shortWaits);
beforeEach(fastClock);

/** Far longer than a stop may take, and shorter than the first waits for a quota together. */
const SOON_MS = 15_000;
const HOUR_MS = 3_600_000;

test('a stop ends the wait of an append for a used-up quota, with the quota as the reason', async () => {
  const { client, rows, server } = await startAppending();
  server.faults.appends.push(...Array.from({ length: 1000 }, () => 'exhausted' as const));
  const stop = new AbortController();
  const waits = new Promise<void>((resolve) => {
    server.faults.onAppend = () => resolve();
  });
  const { requests, format, tally } = cut(rowsFrom(1, 2));
  const to = appender(client, await client.createStream(TABLE), { retry: retryFor(HOUR_MS, stop.signal) });
  const appended = to.append(requests, format.descriptor, tally);
  const begun = Date.now();
  void waits.then(() => stop.abort());
  await expect(appended).rejects.toMatchObject({ kind: 'quota' });
  expect(Date.now() - begun).toBeLessThan(SOON_MS);
  expect(rows()).toEqual([]);
});

test('an append that fails once still comes through after a stop', async () => {
  const { client, rows, server } = await startAppending();
  server.faults.appends.push('internal');
  const { requests, format, tally } = cut(rowsFrom(1, 2));
  const retry = retryFor(HOUR_MS, AbortSignal.abort());
  await appender(client, await client.createStream(TABLE), { retry }).append(
    requests,
    format.descriptor,
    tally,
  );
  expect(rows()).toHaveLength(2);
});

test('a stop ends the attempts to end a write stream while the quota is used up', async () => {
  const { client, server } = await startAppending();
  const name = await client.createStream(TABLE);
  const codes = Array.from({ length: 1000 }, () => 8);
  server.faults.calls.FinalizeWriteStream = codes;
  const stop = new AbortController();
  const ended = endStream(client, { name, openedAt: Date.now() }, retryFor(HOUR_MS, stop.signal));
  ended.catch(() => {});
  await until(() => codes.length < 1000, 'the first attempt');
  const begun = Date.now();
  stop.abort();
  await expect(ended).rejects.toMatchObject({ kind: 'quota' });
  expect(Date.now() - begun).toBeLessThan(SOON_MS);
});

test('after a stop a new write stream that seems to be absent does not count as ended', async () => {
  const { client } = await startAppending();
  const stream = { name: `${TABLE}/streams/nobody`, openedAt: Date.now() };
  const ended = endStream(client, stream, retryFor(HOUR_MS, AbortSignal.abort()));
  await expect(ended).rejects.toMatchObject({ kind: 'transient', reason: 'stopped' });
});

test('an append after the client was closed fails at once, and ends no process', async () => {
  const { client } = await startAppending();
  const writeStream = await client.createStream(TABLE);
  const { requests, format, tally } = cut(rowsFrom(1, 2));
  await client.close();
  const appended = appender(client, writeStream).append(requests, format.descriptor, tally);
  await expect(appended).rejects.toThrow('the client is closed');
});

test('a client that is closed before its first connection is open fails what waits, and nothing else', async () => {
  const { client } = await startAppending();
  const connection = client.connect(await client.createStream(TABLE), cut(rowsFrom(1, 1)).format.descriptor);
  const appended = connection.append({ offset: 0, rows: [] });
  await Promise.all([client.close(), expect(appended).rejects.toThrow('the connection was closed')]);
  expect(connection.isOpen).toBe(false);
});
