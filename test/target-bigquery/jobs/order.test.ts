import { HeldRows } from '@tap-webhooks/target-core';
import { describe, expect, test } from 'vitest';
import { missingPieces, writeOrder } from '../../../packages/target-bigquery/dist/jobs/order.js';
import type { NamedRow } from '../../../packages/target-bigquery/dist/table/fence.js';

const at = (position: number, inbox = 'a', sequence = 1_780_000_000_000 + position): NamedRow => ({
  index: 0,
  text: '{}',
  identity: { inbox, position, sequence },
});
function held(...rows: NamedRow[]): HeldRows {
  const held = new HeldRows();
  for (const { identity } of rows) held.add(identity.position, identity.sequence);
  return held;
}
const positions = (rows: readonly NamedRow[]) => rows.map(({ identity }) => identity.position);

describe('the order of writing', () => {
  test('rows of an inbox are loaded by position, each once', () => {
    const { inboxes, duplicates } = writeOrder([at(5), at(2), at(5), at(1)]);

    expect(inboxes.map(({ rows }) => positions(rows))).toEqual([[1, 2, 5]]);
    expect(duplicates).toBe(1);
  });

  test('rows of one position and other sequences are other rows', () => {
    const { inboxes, duplicates } = writeOrder([at(2), at(1), at(2, 'a', 5), at(2), at(2, 'a', 5)]);

    expect(inboxes.map(({ rows }) => rows.map(({ identity }) => identity.sequence))).toEqual([
      [1_780_000_000_001, 1_780_000_000_002, 5],
    ]);
    expect(duplicates).toBe(2);
  });

  test('each inbox is loaded by itself, in whatever order rows of several inboxes came', () => {
    const { inboxes } = writeOrder([at(3, 'b'), at(1, 'a'), at(4, 'b'), at(2, 'a')]);

    expect(inboxes.map(({ inbox, rows }) => [inbox, positions(rows)])).toEqual([
      ['b', [3, 4]],
      ['a', [1, 2]],
    ]);
  });

  test('rows without identity stay as they came, duplicates too', () => {
    const row = { index: 0, text: '{}', identity: undefined };

    expect(writeOrder([row, at(1), row])).toMatchObject({ others: [row, row], duplicates: 0 });
  });
});

describe('what a table lacks', () => {
  test('rows are one piece when the table holds none of them', () => {
    expect(missingPieces([at(1), at(2), at(9)], held()).map(positions)).toEqual([[1, 2, 9]]);
  });

  test('a new piece begins after each row that the table holds', () => {
    const rows = [at(1), at(2), at(3), at(4), at(5)];

    expect(missingPieces(rows, held(at(1), at(3))).map(positions)).toEqual([[2], [4, 5]]);
  });

  test('another event at a position that the table holds is missing', () => {
    const rows = [at(1), at(2, 'a', 5), at(3)];

    expect(missingPieces(rows, held(at(1), at(2))).map(positions)).toEqual([[2, 3]]);
  });

  test('there is no piece when the table holds all rows', () => {
    expect(missingPieces([at(1), at(2)], held(at(1), at(2)))).toEqual([]);
  });
});
