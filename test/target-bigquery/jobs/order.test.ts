import { describe, expect, test } from 'vitest';
import { missingPieces, writeOrder } from '../../../packages/target-bigquery/dist/jobs/order.js';
import type { NamedRow } from '../../../packages/target-bigquery/dist/table/fence.js';

const at = (position: number, inbox = 'a'): NamedRow => ({
  index: 0,
  text: '{}',
  identity: { inbox, position },
});
const positions = (rows: readonly NamedRow[]) => rows.map(({ identity }) => identity.position);

describe('the order of writing', () => {
  test('is by position, each row once', () => {
    const { inboxes, duplicates } = writeOrder([at(5), at(2), at(5), at(1)]);

    expect(inboxes.map(({ rows }) => positions(rows))).toEqual([[1, 2, 5]]);
    expect(duplicates).toBe(1);
  });

  test('takes each inbox by itself, however they are mixed', () => {
    const { inboxes } = writeOrder([at(3, 'b'), at(1, 'a'), at(4, 'b'), at(2, 'a')]);

    expect(inboxes.map(({ inbox, rows }) => [inbox, positions(rows)])).toEqual([
      ['b', [3, 4]],
      ['a', [1, 2]],
    ]);
  });

  test('keeps rows without identity as they came, doubles too', () => {
    const row = { index: 0, text: '{}', identity: undefined };

    expect(writeOrder([row, at(1), row])).toMatchObject({ others: [row, row], duplicates: 0 });
  });
});

describe('what a table lacks', () => {
  test('is one piece when nothing is held', () => {
    expect(missingPieces([at(1), at(2), at(9)], new Set()).map(positions)).toEqual([[1, 2, 9]]);
  });

  test('is cut where rows lie that it holds', () => {
    const rows = [at(1), at(2), at(3), at(4), at(5)];

    expect(missingPieces(rows, new Set([1, 3])).map(positions)).toEqual([[2], [4, 5]]);
  });

  test('is nothing when all is held', () => {
    expect(missingPieces([at(1), at(2)], new Set([1, 2]))).toEqual([]);
  });
});
