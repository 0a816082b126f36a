import { expect, test } from 'vitest';
import { RowBytes } from '../../packages/target-core/dist/row-bytes.js';

function reserved(): number {
  return process.memoryUsage().arrayBuffers;
}

test('a batch of one short row reserves little, since there may be thousands of them', () => {
  const before = reserved();
  const batches = Array.from({ length: 1500 }, () =>
    RowBytes.of([{ text: '{"id":1}', identity: undefined }]),
  );
  const after = reserved();

  expect(batches.every(({ bytes }) => bytes === 8)).toBe(true);
  expect(after - before).toBeLessThan(3_000_000);
});

test('a large row reserves what it takes in UTF-8, and no more', () => {
  const text = JSON.stringify({ name: 'é'.repeat(5_000_000) });
  const before = reserved();
  const batch = RowBytes.of([{ text, identity: undefined }]);
  const after = reserved();

  expect(batch.bytes).toBe(10_000_011);
  expect(batch.rows[0]?.text === text).toBe(true);
  expect(after - before).toBeLessThan(10_100_000);
});
