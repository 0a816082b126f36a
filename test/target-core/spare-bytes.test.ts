import { describe, expect, test } from 'vitest';
import { SpareBytes } from '../../packages/target-core/dist/spare-bytes.js';

const KIB = 1024;

describe('memory of batches that are loaded', () => {
  test('is taken again by a batch that grows to its size', () => {
    const spares = new SpareBytes();
    const large = Buffer.alloc(512 * KIB);
    spares.give(large);

    expect(spares.take(300 * KIB)).toBe(large);
    expect(spares.take(300 * KIB)).not.toBe(large);
  });

  test('is not taken by a batch that is small', () => {
    const spares = new SpareBytes();
    spares.give(Buffer.alloc(512 * KIB));

    expect(spares.take(KIB)).toHaveLength(KIB);
  });

  test('is kept for two batches at the most, the largest ones', () => {
    const spares = new SpareBytes();
    const [small, middle, large] = [256, 512, 1024].map((size) => Buffer.alloc(size * KIB));
    for (const bytes of [large, small, middle]) spares.give(bytes as Buffer);

    expect(spares.take(256 * KIB)).toBe(middle);
    expect(spares.take(256 * KIB)).toBe(large);
  });
});
