import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { ServiceError } from '../../../packages/target-bigquery/dist/api/service-error.js';
import { waitNotices } from '../../../packages/target-bigquery/dist/api/wait-notices.js';
import { keptLog } from '../log-lines.js';
import { fileOf, loadSpec, openClient, REF } from './open-service.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.each([
  ['a small call', (client: Awaited<ReturnType<typeof openClient>>) => client.getTable(REF)],
  [
    'an upload',
    (client: Awaited<ReturnType<typeof openClient>>) => client.insertLoadJob(loadSpec('a'), fileOf('{}')),
  ],
])('a refused connection is said in the log at the first retry of %s', async (_, call) => {
  const { log, lines } = keptLog();
  const { onOutage } = waitNotices(log);
  const stop = new AbortController();
  const until: number[] = [];
  const begun = Date.now();
  const client = await openClient(`http://127.0.0.1:${await closedPort()}`, {
    timeout: 300,
    stop: stop.signal,
    onOutage: (failure, since, end) => {
      onOutage?.(failure, since, end);
      until.push(end);
      stop.abort(); // it makes waits short
    },
  });
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => begun + until.length * 2_000); // attempts take 2 s
  await expect(call(client)).rejects.toMatchObject({ kind: 'transient', reason: 'ECONNREFUSED' });
  clock.mockRestore();
  expect(lines[0]).toBe(
    `warn BigQuery has given no answer (ECONNREFUSED): the call is repeated until ${new Date(begun + 300_000).toISOString()}`,
  );
  expect(new Set(until)).toEqual(new Set([begun + 300_000]));
});

test('five minutes of refused connections are said at growing intervals, whichever calls fail', () => {
  vi.useFakeTimers({ now: Date.parse('2026-01-31T12:00:00Z') });
  const begun = Date.now();
  const { log, lines } = keptLog();
  const { onOutage } = waitNotices(log);
  const refused = new ServiceError('transient', 0, 'ECONNREFUSED', 'no answer came');
  for (let second = 0; second < 300; second += 1) {
    onOutage?.(refused, begun, begun + 300_000);
    onOutage?.(refused, begun + 500, begun + 300_500);
    vi.setSystemTime(Date.now() + 1000);
  }
  const text = (seconds: string) =>
    `warn BigQuery has given no answer (ECONNREFUSED)${seconds}: the call is repeated until 2026-01-31T12:05:00.000Z`;
  expect(lines).toEqual(['', ' for 10 s', ' for 30 s', ' for 70 s', ' for 150 s'].map(text));
});

test('a failure long after an outage is said at once', () => {
  vi.useFakeTimers({ now: Date.parse('2026-01-31T12:00:00Z') });
  const { log, lines } = keptLog();
  const { onOutage } = waitNotices(log);
  const busy = new ServiceError('transient', 503, 'backendError', 'try again');
  onOutage?.(busy, Date.now(), Date.now() + 300_000);
  vi.setSystemTime(Date.now() + 181_000);
  onOutage?.(busy, Date.now(), Date.now() + 300_000);
  expect(lines).toEqual([
    'warn BigQuery has answered with status 503 (backendError): the call is repeated until 2026-01-31T12:05:00.000Z',
    'warn BigQuery has answered with status 503 (backendError): the call is repeated until 2026-01-31T12:08:01.000Z',
  ]);
});
