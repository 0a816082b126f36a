import { inboxFile, openForReading } from '../files/opening.js';
import { IndexChecks } from './index-checks.js';
import { type Lost, lostKeys } from './lost-ranges.js';
import { type LostRange, readableRows } from './readable-rows.js';
import { type NamedRow, RowChecks } from './row-checks.js';
import { highestKey, tablesOf } from './stored-tables.js';

/** What was checked of an inbox, and what was found. */
export interface VerifyReport {
  readonly file: string;
  /** Rows that could be read, per table. */
  readonly rows: { readonly [table: string]: number };
  /** What cannot be read. */
  readonly lost: readonly Lost[];
  /** Rows that can be read, but are not what was recorded. */
  readonly damaged: readonly Lost[];
  /** Names of indexes that cannot be read, or do not lead to every row. */
  readonly indexes: readonly string[];
}

/**
 * Reads every row of an inbox and compares it with its digest, in short transactions, beside a receiver that writes. A generator,
 * so that a signal is heard between two pieces.
 */
export function* verify(folder: string): Generator<void, VerifyReport> {
  const database = openForReading(folder, { mayBeOlder: true });
  try {
    const checks = new RowChecks(database);
    const indexes = new IndexChecks(database);
    const options = { highest: highestKey(database), skipUnreadable: true };
    const rows: { [table: string]: number } = {};
    const lost: Lost[] = [];
    const damaged: Lost[] = [];
    for (const table of tablesOf(database)) {
      const unreadable: LostRange[] = [];
      const changed: LostRange[] = [];
      indexes.read(table);
      yield;
      let count = 0;
      for (const piece of readableRows(database, table, options)) {
        count += piece.rows.length;
        unreadable.push(...piece.lost);
        for (const { key, values } of piece.rows) {
          const row = Object.fromEntries(
            table.columns.map((column, index) => [column, values[index]]),
          ) as NamedRow;
          if (!checks.isIntact(table.name, row)) changed.push({ after: key, before: key });
          else indexes.look(table, key, row);
        }
        yield;
      }
      rows[table.name] = count;
      lost.push(...lostKeys(table.name, unreadable));
      damaged.push(...lostKeys(table.name, changed));
    }
    return { file: inboxFile(folder), rows, lost, damaged, indexes: indexes.broken() };
  } finally {
    database.close();
  }
}
