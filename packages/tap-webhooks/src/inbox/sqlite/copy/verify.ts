import type { Database } from '../database.js';
import { failureOf } from '../failure.js';
import { inboxFile, openForReading } from '../files/opening.js';
import { type Lost, lostKeys } from './lost-ranges.js';
import { type LostRange, readableRows } from './readable-rows.js';
import { type NamedRow, RowChecks } from './row-checks.js';
import { highestKey, indexesOf, tablesOf } from './stored-tables.js';

/** What was checked of an inbox, and what was found. */
export interface VerifyReport {
  readonly file: string;
  /** Rows that could be read, per table. */
  readonly rows: { readonly [table: string]: number };
  /** What cannot be read. */
  readonly lost: readonly Lost[];
  /** Rows that can be read, but are not what was recorded. */
  readonly damaged: readonly Lost[];
  /** Names of indexes that cannot be read. */
  readonly indexes: readonly string[];
}

/** Reads every row of an inbox and compares it with its digest, in short transactions, beside a receiver that writes. */
export function verify(folder: string): VerifyReport {
  const database = openForReading(folder, { mayBeOlder: true });
  try {
    const checks = new RowChecks(database);
    const options = { highest: highestKey(database), skipUnreadable: true };
    const rows: { [table: string]: number } = {};
    const lost: Lost[] = [];
    const damaged: Lost[] = [];
    for (const table of tablesOf(database)) {
      const unreadable: LostRange[] = [];
      const changed: LostRange[] = [];
      let count = 0;
      for (const piece of readableRows(database, table, options)) {
        count += piece.rows.length;
        unreadable.push(...piece.lost);
        for (const { key, values } of piece.rows) {
          const row = Object.fromEntries(
            table.columns.map((column, index) => [column, values[index]]),
          ) as NamedRow;
          if (!checks.isIntact(table.name, row)) changed.push({ after: key, before: key });
        }
      }
      rows[table.name] = count;
      lost.push(...lostKeys(table.name, unreadable));
      damaged.push(...lostKeys(table.name, changed));
    }
    return { file: inboxFile(folder), rows, lost, damaged, indexes: brokenIndexes(database) };
  } finally {
    database.close();
  }
}

function brokenIndexes(database: Database): string[] {
  return indexesOf(database)
    .filter(({ name, table }) => !canBeRead(database, `SELECT count(*) FROM ${table} INDEXED BY ${name}`))
    .map(({ name }) => name);
}

function canBeRead(database: Database, sql: string): boolean {
  try {
    database.prepare(sql).get();
    return true;
  } catch (cause) {
    const failure = failureOf(cause);
    if (failure === 'damaged' || failure === 'untrusted') return false;
    throw cause;
  }
}
