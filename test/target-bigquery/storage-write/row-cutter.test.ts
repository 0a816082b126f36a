import { expect, onTestFinished, test } from 'vitest';
import { type PlanInput, planTable } from '../../../packages/target-bigquery/dist/columns/plan.js';
import { cutRows, rowFormat } from '../../../packages/target-bigquery/dist/storage-write/cut-rows.js';
import { RowCutter } from '../../../packages/target-bigquery/dist/storage-write/row-cutter.js';
import { unmarked } from '../../contracts/loader.js';
import { rowOf } from './appending.js';

const REQUEST_BYTES = 9_000_000;
const plan: PlanInput = {
  definition: unmarked,
  existing: undefined,
  settings: { raw: false, array_value_wrapping: false, sequence_unit: 'ms' },
};

function cutter(): RowCutter {
  const made = new RowCutter();
  onTestFinished(() => made.close());
  return made;
}

const rowsToCut = (texts: readonly string[], numbers = Uint32Array.from(texts, (_, index) => index)) => ({
  lines: Buffer.from(texts.map((text) => `${text}\n`).join('')),
  numbers,
  table: 'd.t',
  plan,
  requestBytes: REQUEST_BYTES,
});

const onTheSpot = (texts: readonly string[]) => {
  const format = rowFormat(planTable(plan), REQUEST_BYTES);
  return cutRows(texts, format, format);
};

const texts = Array.from({ length: 300 }, (_, n) =>
  rowOf(n, n % 90 === 70 ? `größer als 70 € 😀 ${n}` : `row ${n}`).text.replace('"id"', '"n"'),
);

test('rows come out of the thread as they do without it, with and without characters of several bytes', async () => {
  expect(await cutter().cut(rowsToCut(texts))).toEqual(onTheSpot(texts));
});

test('only the lines that are asked for are cut, in the order asked for', async () => {
  const numbers = Uint32Array.from([200, 3, 70, 299, 0]);
  const wanted = [...numbers].map((number) => texts[number] as string);
  expect(await cutter().cut(rowsToCut(texts, numbers))).toEqual(onTheSpot(wanted));
});

test('rows that are handed over before others are cut come out each for themselves', async () => {
  const shared = cutter();
  const parts = [0, 1, 2, 3, 4, 5, 6, 7].map((part) => texts.slice(part * 30, part * 30 + 30));
  const cut = await Promise.all(parts.map((part) => shared.cut(rowsToCut(part))));
  expect(cut).toEqual(parts.map(onTheSpot));
});

test('a cutter that is closed leaves nobody waiting', async () => {
  const closed = new RowCutter();
  const waiting = closed.cut(rowsToCut(texts)).catch((error) => error);
  await closed.close();
  expect(await waiting).toBeInstanceOf(Error);
});
