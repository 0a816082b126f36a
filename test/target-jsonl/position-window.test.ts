import { expect, test } from 'vitest';
import { PositionBuffer, PositionWindow } from '../../packages/target-jsonl/dist/position-window.js';

/** Rows at 1..count, in an order that is neither rising nor falling. */
const mixed = (count: number) => Array.from({ length: count }, (_, n) => ((n * 7919) % count) + 1);

test('a window far smaller than the files holds each row of the lowest positions, and no other', () => {
  const buffer = new PositionBuffer(100, 5000);
  for (const position of mixed(5000)) buffer.add({ position, sequence: 10 * position });
  const window = new PositionWindow(1, buffer, []);

  expect(window.covers(100)).toBe(true);
  expect(window.covers(5000)).toBe(false);
  for (let position = 1; window.covers(position); position += 1) {
    expect(window.holds({ position, sequence: 10 * position })).toBe(true);
    expect(window.holds({ position, sequence: 10 * position + 1 })).toBe(false);
  }
});

test('a window holds all rows of its last position, though they are more than it has room for', () => {
  const buffer = new PositionBuffer(2, 10);
  for (let sequence = 1; sequence <= 3000; sequence += 1) buffer.add({ position: 4, sequence });
  const window = new PositionWindow(1, buffer, []);

  expect(window.holds({ position: 4, sequence: 1 })).toBe(true);
  expect(window.holds({ position: 4, sequence: 3000 })).toBe(true);
  expect(window.holds({ position: 4, sequence: 3001 })).toBe(false);
});

test('a row without a sequence agrees with each row of its position', () => {
  const buffer = new PositionBuffer(10, 10);
  buffer.add({ position: 4, sequence: undefined });
  buffer.add({ position: 5, sequence: 50 });
  const window = new PositionWindow(1, buffer, []);

  expect(window.holds({ position: 4, sequence: 1 })).toBe(true);
  expect(window.holds({ position: 5, sequence: undefined })).toBe(true);
  expect(window.holds({ position: 6, sequence: undefined })).toBe(false);
});
