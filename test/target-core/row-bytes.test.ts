import { expect, test } from 'vitest';
import { type BatchRow, linesOf } from '../../packages/target-core/dist/index.js';
import { batchOf } from '../contracts/loader.js';

function reserved(): number {
  return process.memoryUsage().arrayBuffers;
}

test('a batch of one short row reserves little, since there may be thousands of them', () => {
  const before = reserved();
  const batches = Array.from({ length: 1500 }, () => batchOf([{ text: '{"id":1}', identity: undefined }]));
  const after = reserved();

  expect(batches.every(({ bytes }) => bytes === 8)).toBe(true);
  expect(after - before).toBeLessThan(3_000_000);
});

test('a large row reserves what it takes in UTF-8, and no more', () => {
  const text = JSON.stringify({ name: 'é'.repeat(5_000_000) });
  const before = reserved();
  const batch = batchOf([{ text, identity: undefined }]);
  const after = reserved();

  expect(batch.bytes).toBe(10_000_011);
  expect(batch.rows[0]?.text === text).toBe(true);
  expect(after - before).toBeLessThan(10_100_000);
});

test('a batch says where each of its rows lies', () => {
  const texts = ['{"id":1}', '{"name":"é"}', `{"name":"${'x'.repeat(2000)}"}`, ...Array(30).fill('{}')];
  const batch = batchOf(texts.map((text) => ({ text, identity: undefined })));

  expect(batch.starts).toHaveLength(texts.length + 1);
  expect(batch.starts.at(-1)).toBe(batch.lines.length);
  for (const { index, text } of batch.rows) {
    const row = batch.lines.subarray(batch.starts[index], (batch.starts[index + 1] as number) - 1);
    expect(Buffer.from(row).toString()).toBe(texts[index]);
    expect(text).toBe(texts[index]);
  }
});

test('the lines of some rows are those rows in the order given, and neighbours are not copied', () => {
  const batch = batchOf(['a', 'bb', 'é', 'd'].map((text) => ({ text, identity: undefined })));
  const [a, bb, e, d] = batch.rows as [BatchRow, BatchRow, BatchRow, BatchRow];
  const text = (rows: readonly BatchRow[]) => Buffer.from(linesOf(batch, rows)).toString();

  expect(text(batch.rows)).toBe('a\nbb\né\nd\n');
  expect(text([bb, e])).toBe('bb\né\n');
  expect(text([d, a, bb])).toBe('d\na\nbb\n');
  expect(text([])).toBe('');
  expect(linesOf(batch, [bb, e]).buffer).toBe(batch.lines.buffer);
});
