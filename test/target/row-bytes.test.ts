import { expect, test } from 'vitest';
import { RowBytes } from '../../packages/target/dist/row-bytes.js';

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
