import { randomUUID } from 'node:crypto';
import type { Incarnation } from '../inbox.js';
import type { Database } from './database.js';
import { type IncarnationRow, noteIncarnation } from './meta.js';
import { digestOf, requireIntact } from './row-digests.js';

/** Returns every incarnation, oldest first. @throws DamagedRow, since events of a damaged one cannot be told from others. */
export function incarnationsOf(database: Database): Incarnation[] {
  const rows = database.prepare('SELECT * FROM incarnations ORDER BY number').all() as IncarnationRow[];
  return rangesOf(rows.map((row) => requireIntact('incarnations', row)));
}

/** @param rows in the order of their numbers. */
export function rangesOf(rows: readonly IncarnationRow[]): Incarnation[] {
  return rows.map(({ id, first }, index) => {
    const next = rows[index + 1];
    return { id, first, last: next ? next.first - 1 : null };
  });
}

/** Begins an incarnation, inside a transaction. @param first its first position. @param now epoch in ms. */
export function beginIncarnation(database: Database, first: number, now: number): Incarnation {
  const id = randomUUID();
  const { number } = database
    .prepare('INSERT INTO incarnations (id, first, begun_at) VALUES (?, ?, ?) RETURNING number')
    .get(id, first, now) as { number: number };
  const row = { number, id, first, begun_at: now };
  database
    .prepare('UPDATE incarnations SET digest = ? WHERE number = ?')
    .run(digestOf('incarnations', row), number);
  noteIncarnation(database, row);
  return { id, first, last: null };
}
