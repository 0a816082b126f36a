import { type Database, numberOf } from '../database.js';
import { beginIncarnation } from '../incarnations.js';
import { schemasToRepair, storeWhole } from '../schemas.js';
import type { Lost } from './lost-ranges.js';

/**
 * Gives a copy of an inbox what it cannot work without, when rows of those tables were lost. Inside a transaction.
 * @param lost what could not be copied. @param now epoch in ms.
 */
export function mendCopy(copy: Database, lost: readonly Lost[], now: number): void {
  const isLost = (...tables: string[]) => lost.some(({ table }) => tables.includes(table));
  const newest = numberOf(copy, NEWEST);
  putNumber(copy, 'newest', newest);
  putNumber(copy, 'sequence_mark', isLost('meta') ? Math.max(now, numberOf(copy, SEQUENCE)) : 0);
  // Positions above these may have been given, so those that follow must not meet them.
  if (isLost('meta', 'incarnations')) beginIncarnation(copy, newest + 1, now);
  copy.exec('DELETE FROM schemas WHERE stream NOT IN (SELECT id FROM streams)');
  for (const schema of schemasToRepair(copy)) storeWhole(copy, schema);
}

/** The highest position that any row tells of. */
const NEWEST = `SELECT max(position) FROM (
  SELECT max(CAST(value AS INTEGER)) AS position FROM meta WHERE name = 'newest'
  UNION ALL SELECT max(newest) FROM streams UNION ALL SELECT max(first) - 1 FROM incarnations
  UNION ALL SELECT max(position) FROM events UNION ALL SELECT max(position) FROM checks
  UNION ALL SELECT max(position) FROM quarantine)`;

const SEQUENCE = `SELECT max(sequence) FROM (
  SELECT max(sequence) AS sequence FROM events UNION ALL SELECT max(sequence) FROM sequence_keys)`;

/** Stores a number that must not fall. */
function putNumber(copy: Database, name: string, value: number): void {
  copy
    .prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)')
    .run(name, value);
}
