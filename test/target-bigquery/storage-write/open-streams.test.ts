import { expect, test } from 'vitest';
import { LoadsTable } from '../../../packages/target-bigquery/dist/loads/table.js';
import { endStream } from '../../../packages/target-bigquery/dist/storage-write/end-streams.js';
import { RecordedStreams } from '../../../packages/target-bigquery/dist/storage-write/records.js';
import { tempFolder } from '../../helpers/temp.js';
import { openTable, REF } from '../api/open-service.js';
import { retryFor, startAppending, TABLE } from './appending.js';

async function recorded() {
  const { fake, service } = await openTable();
  const locationOf = async () => 'EU';
  const loadsTable = new LoadsTable({ service, labels: {}, spoolPath: tempFolder(), locationOf });
  const loads = { later() {} };
  const options = { stream: 'd-t', loadsTable, loads, timeoutMs: 30_000, retry: retryFor(30_000) };
  const of = (name: string) =>
    new RecordedStreams({
      ...options,
      table: { service, project: 'test', ref: { ...REF, table: name }, location: 'EU', labels: {} } as never,
    });
  return { fake, service, of };
}

test('of all recorded write streams the table names only those that were not ended', async () => {
  const { of } = await recorded();
  const before = Date.now();
  for (const name of ['p/a', 'p/b', 'p/c']) await of('t').opened(name);
  await of('other').opened('p/d');
  await of('t').finalized(['p/a', 'p/c']);
  const open = await of('t').open();
  expect(open.map(({ name }) => name)).toEqual(['p/b']);
  expect(open[0]?.openedAt).toBeGreaterThanOrEqual(before);
  expect(open[0]?.openedAt).toBeLessThanOrEqual(Date.now());
});

test('a table without records has no open write streams', async () => {
  const { of } = await recorded();
  expect(await of('t').open()).toEqual([]);
});

test('an old write stream that does not exist counts as ended at once', async () => {
  const { client } = await startAppending();
  const stream = { name: `${TABLE}/streams/nobody`, openedAt: Date.now() - 600_000 };
  await endStream(client, stream, retryFor(1000));
});

test('a new write stream that does not exist counts as ended after a while', async () => {
  const { client } = await startAppending();
  const began = Date.now();
  await endStream(client, { name: `${TABLE}/streams/nobody`, openedAt: began }, retryFor(1000), 300);
  expect(Date.now() - began).toBeGreaterThanOrEqual(250);
});

test.each([
  'SELECT text, MAX(id) FROM d.t GROUP BY id HAVING COUNTIF(id = 1) = 0',
  'SELECT id FROM d.t GROUP BY id',
  'SELECT id FROM d.t GROUP BY id HAVING COUNTIF(id = 1) = 1',
  'SELECT id FROM d.t GROUP BY id HAVING COUNTIF(id = 1) > 0',
  'SELECT id FROM d.t GROUP BY id HAVING COUNTIF(id = 1) = 0 LIMIT 1',
  'SELECT id FROM d.t GROUP BY id, text HAVING COUNTIF(id = 1) = 0',
])('the fake groups in one form only: %s', async (sql) => {
  const { service } = await recorded();
  await expect(service.query(sql)).rejects.toMatchObject({ reason: 'invalidQuery' });
});
