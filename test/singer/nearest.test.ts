import { expect, test } from 'vitest';
import { nearest } from '../../packages/singer/dist/nearest.js';

const known = ['listen', 'receive', 'follow', 'drain', 'status', 'url'];

test.each([
  ['lisen', 'listen'],
  ['lissten', 'listen'],
  ['lsiten', 'listen'],
  ['STATUS', 'status'],
  ['statuses', 'status'],
  ['drian', 'drain'],
  ['ulr', 'url'],
])('%s is near %s', (word, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

test.each(['x', 'nonsense', 'u', 'list', ''])('%j is not near any known word', (word) => {
  expect(nearest(word, known)).toBeUndefined();
});

test('the nearer of two known words is suggested', () => {
  expect(nearest('retention_day', ['retention_hours', 'retention_days'])).toBe('retention_days');
});
