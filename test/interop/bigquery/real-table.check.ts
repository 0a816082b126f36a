import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadLines, makeTable, type RealDataset, realDataset } from './real-service.js';

let place: RealDataset;
beforeAll(async () => {
  place = await realDataset();
});
afterAll(() => place?.drop());

const ID = { name: 'id', type: 'INTEGER' };

test('a patch with the etag of an older table is refused with 412', async () => {
  const { etag } = await makeTable(place, 'etags', [ID]);
  const path = `/datasets/${place.dataset}/tables/etags`;
  const patch = (description: string, body: object, headers: Record<string, string>) =>
    place.rest.send('PATCH', path, { description, ...body }, headers);
  expect((await patch('one', {}, { 'if-match': etag })).status).toBe(200);
  expect((await patch('two', {}, { 'if-match': etag })).status).toBe(412);
});

test('an etag in the body makes no patch conditional', async () => {
  const { etag } = await makeTable(place, 'body_etags', [ID]);
  const path = `/datasets/${place.dataset}/tables/body_etags`;
  for (const description of ['one', 'two']) {
    expect((await place.rest.send('PATCH', path, { description, etag })).status).toBe(200);
  }
});

test('a column that the table is clustered by is widened from INT64 to BIGNUMERIC', async () => {
  await makeTable(place, 'clustered', [ID], { clustering: { fields: ['id'] } });
  await loadLines(place, 'clustered', ['{"id":1}']);
  const name = `\`${place.rest.project}.${place.dataset}.clustered\``;
  await place.rest.query(`ALTER TABLE ${name} ALTER COLUMN id SET DATA TYPE BIGNUMERIC`);
  await loadLines(place, 'clustered', ['{"id":"1.5"}']);
  expect(await place.rest.query(`SELECT CAST(id AS STRING) AS id FROM ${name} ORDER BY 1`)).toEqual([
    { id: '1' },
    { id: '1.5' },
  ]);
});

test('a job with rows in more than 4,000 partitions fails, and says so', async () => {
  await makeTable(place, 'partitioned', [ID, { name: 'at', type: 'TIMESTAMP' }], {
    timePartitioning: { type: 'DAY', field: 'at' },
  });
  const lines = Array.from({ length: 4001 }, (_, day) => {
    const at = new Date(Date.UTC(2015, 0, 1 + day)).toISOString();
    return `{"id":${day},"at":"${at}"}`;
  });
  const { status } = await loadLines(place, 'partitioned', lines);
  console.log(JSON.stringify(status.errorResult));
  expect(status.errorResult?.message).toMatch(/partition/i);
});

test("a table's metadata counts the rows of a job that is done", async () => {
  await makeTable(place, 'counted', [ID]);
  await loadLines(place, 'counted', ['{"id":1}', '{"id":2}']);
  expect(await place.rest.call('GET', `/datasets/${place.dataset}/tables/counted`)).toMatchObject({
    numRows: '2',
  });
});
