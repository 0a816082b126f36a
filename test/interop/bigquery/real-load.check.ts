import { afterAll, beforeAll, expect, test } from 'vitest';
import { readJob } from '../../../packages/target-bigquery/dist/api/rest.js';
import { badRows } from '../../../packages/target-bigquery/dist/jobs/refused.js';
import { load } from './load.js';
import {
  loadLines,
  makeTable,
  newJobId,
  type RealDataset,
  realDataset,
  rowsOf,
  Upload,
  whenUploaded,
} from './real-service.js';
import { QUERY, SENT, SHOP, shopLines } from './shop.js';

// Against the service itself, when BIGQUERY_TEST_PROJECT names a project. Each check states what nobody has seen yet, and the
// target is built upon: one that fails says what to change.

let place: RealDataset;
beforeAll(async () => {
  place = await realDataset();
  await makeTable(place, 'numbers', [
    { name: 'n', type: 'INTEGER' },
    { name: 'list', type: 'INTEGER', mode: 'REPEATED' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'text', type: 'STRING' },
    { name: 'f', type: 'FLOAT' },
    { name: 'j', type: 'JSON' },
  ]);
});
afterAll(() => place?.drop());

test('values that the target loads are what the tap sent', async () => {
  const { rest, dataset } = place;
  const stream = { ...SHOP, stream: `${dataset}-data` };
  await load({ settings: { project: rest.project } }, shopLines(stream));
  expect(await rest.query(QUERY.replace('shop.data', `${dataset}.data`))).toEqual(SENT);
});

test('an id that a finished job has is refused to an upload with 409', async () => {
  await makeTable(place, 'used_id', [{ name: 'n', type: 'INTEGER' }]);
  const id = newJobId();
  await loadLines(place, 'used_id', ['{"n":1}'], { id });
  const second = await Upload.begin(place, 'used_id', ['{"n":2}'], { id });
  const answer = second instanceof Upload ? await second.finish() : second;
  console.log(`refused ${second instanceof Upload ? 'at the last byte' : 'at the begin'}: ${answer.text}`);
  expect(answer.status).toBe(409);
  expect(await rowsOf(place, 'n', 'used_id')).toEqual([{ n: '1' }]);
});

test('of two uploads that were begun with one id, the one that ends late is refused with 409', async () => {
  await makeTable(place, 'late', [{ name: 'n', type: 'INTEGER' }]);
  const id = newJobId();
  const first = await Upload.begin(place, 'late', ['{"n":1}'], { id });
  const second = await Upload.begin(place, 'late', ['{"n":2}'], { id });
  if (!(first instanceof Upload && second instanceof Upload)) throw new Error('begins are not both taken');
  await whenUploaded(place, await second.finish());
  expect((await first.finish()).status).toBe(409);
  expect(await rowsOf(place, 'n', 'late')).toEqual([{ n: '2' }]);
});

test('there is no job of an upload that has not ended', async () => {
  const id = newJobId();
  await Upload.begin(place, 'numbers', ['{"n":1}'], { id });
  expect((await place.rest.send('GET', `/jobs/${id}`)).status).toBe(404);
});

test.each([
  ['text for a number', '{"n":"x"}'],
  ['a number beyond 64 bits', '{"n":9223372036854775808}'],
  ['null in an array', '{"list":[1,null]}'],
  ['no time', '{"at":"yesterday"}'],
  ['a time out of range', '{"at":"10000-01-01T00:00:00Z"}'],
  ['an unknown column', '{"unknown":1}'],
  ['no JSON', '{"n":'],
])('a row with %s makes its job fail, and the target finds it in the message', async (_, bad) => {
  const lines = ['{"n":1}', '{"n":2}', bad, '{"n":3}'];
  const job = readJob(await loadLines(place, 'numbers', lines));
  console.log(job.problems.map(({ message, location }) => `${location}: ${message}`).join('\n'));
  expect(job.failure?.reason).toBe('invalid');
  expect([...badRows(job, spoolOf(lines)).keys()]).toEqual([2]);
});

test('a job that may leave rows out says how many, and lists none that is good', async () => {
  const lines = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? `{"n":${index}}` : '{"n":"x"}'));
  const job = readJob(await loadLines(place, 'numbers', lines, { maxBadRecords: 200 }));
  const listed = [...badRows(job, spoolOf(lines)).keys()];
  console.log(`${listed.length} of 100 bad rows are listed`);
  expect(job).toMatchObject({ failure: undefined, outputRows: 100, badRecords: 100 });
  expect(listed.filter((index) => index % 2 === 0)).toEqual([]);
});

test.each([
  ['numbers that are none, as text', 'IS_NAN(f)', '{"f":"NaN"}', 'true'],
  ['infinity, as text', 'IS_INF(f) AND f < 0', '{"f":"-Infinity"}', 'true'],
  ['NUL within text', 'CAST(TO_CODE_POINTS(text)[OFFSET(1)] AS STRING)', '{"text":"a\\u0000b"}', '0'],
  [
    'a bare integer beyond what a double holds',
    'CAST(n AS STRING)',
    '{"n":9007199254740993}',
    '9007199254740993',
  ],
  [
    'an integer of 19 digits in JSON',
    'TO_JSON_STRING(j)',
    '{"j":{"a":9007199254740993}}',
    '{"a":9007199254740993}',
  ],
])('a load job takes %s', async (what, expression, line, value) => {
  const table = `takes_${what.replaceAll(/\W+/g, '_')}`;
  await makeTable(place, table, [
    { name: 'n', type: 'INTEGER' },
    { name: 'text', type: 'STRING' },
    { name: 'f', type: 'FLOAT' },
    { name: 'j', type: 'JSON' },
  ]);
  expect((await loadLines(place, table, [line])).status.errorResult).toBe(undefined);
  expect(await rowsOf(place, `${expression} AS v`, table)).toEqual([{ v: value }]);
});

test.each([
  ['half of a surrogate pair', '{"text":"\\ud800"}'],
  ['a fraction of nine digits', '{"at":"2026-01-01T00:00:00.123456789Z"}'],
])('a load job refuses %s', async (_, line) => {
  const { status } = await loadLines(place, 'numbers', [line]);
  expect(status.errorResult?.reason).toBe('invalid');
});

function spoolOf(lines: readonly string[]) {
  const starts = new Float64Array(lines.length);
  let size = 0;
  for (const [index, line] of lines.entries()) {
    starts[index] = size;
    size += Buffer.byteLength(line) + 1;
  }
  return { path: '', size, starts };
}
