import { expect, onTestFinished, test } from 'vitest';
import { type PlanInput, planTable } from '../../../packages/target-bigquery/dist/columns/plan.js';
import { type CutRows, cutRows, rowFormat } from '../../../packages/target-bigquery/dist/encode/cut-rows.js';
import { Encoder } from '../../../packages/target-bigquery/dist/encode/encoder.js';
import { linesFor } from '../../../packages/target-bigquery/dist/encode/lines.js';
import { rowWriter } from '../../../packages/target-bigquery/dist/rows/row-writer.js';
import { batchOf, unmarked } from '../../contracts/loader.js';
import { rowOf } from '../storage-write/appending.js';

const planInput: PlanInput = {
  definition: unmarked,
  existing: undefined,
  settings: { raw: false, array_value_wrapping: false, sequence_unit: 'ms' },
};
const plan = planTable(planInput);
const table = { ref: { dataset: 'd', table: 't' }, planInput, encode: rowWriter(plan) };
const format = rowFormat(plan, table.encode, 9_000_000);

function encoder(): Encoder {
  const made = new Encoder();
  onTestFinished(() => made.close());
  return made;
}

/** So long that a few of them go to the thread. */
const texts = Array.from({ length: 300 }, (_, n) => {
  const words = n % 90 === 70 ? `größer als 70 € 😀 ${n}` : `row ${n}`;
  return rowOf(n, words.repeat(1000)).text.replace('"id"', '"n"');
});
const batch = batchOf(texts.map((text) => ({ text, identity: undefined })));
const rowsAt = (indexes: readonly number[]) => indexes.map((index) => batch.rows[index] as never);
const onTheSpot = (indexes: readonly number[]) =>
  cutRows(
    indexes.map((index) => texts[index] as string),
    format,
  );
/** Bytes as text: comparing megabytes element by element takes seconds. */
const comparable = ({ parts, refused }: CutRows) => ({
  parts: parts.map((part) =>
    typeof part === 'number' ? part : { ...part, bytes: Buffer.from(part.bytes).toString('latin1') },
  ),
  refused,
});
const upTo = (length: number, first = 0) => Array.from({ length }, (_, index) => first + index);

test('rows come out of the thread as they do without it, with and without characters of several bytes', async () => {
  const cut = await encoder().cut(table, linesFor(batch, batch.rows), format);
  expect(comparable(cut)).toEqual(comparable(onTheSpot(upTo(300))));
});

test('only the rows that are asked for are cut, in the order asked for', async () => {
  const wanted = [200, 3, 70, 299, 0, ...upTo(60, 100)];
  const cut = await encoder().cut(table, linesFor(batch, rowsAt(wanted)), format);
  expect(comparable(cut)).toEqual(comparable(onTheSpot(wanted)));
});

test('pieces that are handed over before earlier ones are cut come out separately', async () => {
  const shared = encoder();
  const parts = [0, 1, 2, 3, 4].map((part) => upTo(60, part * 60));
  const cut = await Promise.all(
    parts.map((part) => shared.cut(table, linesFor(batch, rowsAt(part)), format)),
  );
  expect(cut.map(comparable)).toEqual(parts.map((part) => comparable(onTheSpot(part))));
});

test('an encoder that is closed leaves nobody waiting', async () => {
  const closed = new Encoder();
  const waiting = closed.cut(table, linesFor(batch, batch.rows), format).catch((error) => error);
  await closed.close();
  expect(await waiting).toBeInstanceOf(Error);
});
