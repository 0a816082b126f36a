import { randomUUID } from 'node:crypto';
import type { Incarnation } from '../inbox.js';
import type { Database } from './database.js';

/** Returns every incarnation, oldest first. */
export function incarnationsOf(database: Database): Incarnation[] {
  const rows = database.prepare('SELECT id, first FROM incarnations ORDER BY number').all() as Array<{
    id: string;
    first: number;
  }>;
  return rows.map(({ id, first }, index) => {
    const next = rows[index + 1];
    return { id, first, last: next ? next.first - 1 : null };
  });
}

/** Begins an incarnation, inside a transaction. @param first its first position. @param now epoch in ms. */
export function beginIncarnation(database: Database, first: number, now: number): Incarnation {
  const id = randomUUID();
  database.prepare('INSERT INTO incarnations (id, first, begun_at) VALUES (?, ?, ?)').run(id, first, now);
  return { id, first, last: null };
}
