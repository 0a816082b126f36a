import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { type Bookmark, syncFolderSync } from '@tap-webhooks/singer';
import { type Database, numberOf } from '../database.js';
import { failureOf } from '../failure.js';
import { markAsInbox, migrateCopy } from '../files/format.js';
import { createEmpty } from '../files/opening.js';
import { knownNames } from './known-names.js';
import { type Lost, lostKeys } from './lost-ranges.js';
import { countKept, mendCopy } from './mend-copy.js';
import { type LostRange, type Piece, readableRows, type SqlValue } from './readable-rows.js';
import { withoutUrl } from './rebuild-streams.js';
import { type NamedRow, RowChecks } from './row-checks.js';
import { setAsideEvents, setAsideQuarantined } from './set-aside.js';
import { highestKey, indexesOf, type Table, tablesOf } from './stored-tables.js';

/** What a copy holds, and what could not be copied. */
export interface CopyReport {
  /** Rows per table. */
  readonly rows: { readonly [table: string]: number };
  readonly lost: readonly Lost[];
  /** Rows that could be read, but are not what was recorded. Such events are in the quarantine of the copy. */
  readonly damaged: readonly Lost[];
  /** Integrations that need a new URL, since theirs were lost or damaged. */
  readonly withoutUrl: readonly string[];
}

export interface CopyOptions {
  /** Count rows as lost when the disk fails to read them. Otherwise that failure ends the copy. */
  readonly skipUnreadable: boolean;
  /** What consumers have confirmed. */
  readonly confirmed: readonly Bookmark[];
}

/**
 * Copies what can be read of an inbox into a new file of today's format, and syncs it. A generator, so that whoever runs it can do other things
 * between two pieces. When it throws, or is ended early, no copy is left.
 * @param source a handle that reads, of no more use afterwards: the transaction in which all is read stays open.
 * @param path of the copy, where no file exists.
 */
export function* copyInbox(
  source: Database,
  path: string,
  options: CopyOptions,
): Generator<void, CopyReport> {
  createEmpty(path);
  // Open before anything is written, so that a failure of the disk to write it cannot go unnoticed.
  const descriptor = openSync(path, 'r');
  let isWhole = false;
  try {
    const report = yield* copyInto(path, source, options);
    fsyncSync(descriptor);
    isWhole = true;
    syncFolderSync(dirname(path));
    return report;
  } finally {
    closeSync(descriptor);
    if (!isWhole) rmSync(path, { force: true });
  }
}

/** Nobody reads the copy before it is whole and synced, so it needs no journal. Rows may come before those they refer to. */
const SETTINGS = [
  'auto_vacuum = INCREMENTAL',
  'journal_mode = OFF',
  'synchronous = OFF',
  'foreign_keys = OFF',
];

function* copyInto(path: string, source: Database, options: CopyOptions): Generator<void, CopyReport> {
  const target = new DatabaseSync(path);
  try {
    for (const setting of SETTINGS) target.exec(`PRAGMA ${setting}`);
    target.exec('BEGIN');
    source.exec('BEGIN');
    const highest = highestKey(source);
    const names = knownNames(source);
    const checks = new RowChecks(source, names);
    const damaged: Lost[] = [];
    const setAside: SetAside = { events: [], quarantine: [] };
    const rows: { [table: string]: number } = {};
    const lost: Lost[] = [];
    for (const table of tablesOf(source)) {
      target.exec(table.sql);
      const pieces = readableRows(source, table, { highest, ...options });
      const copied = yield* copyTable(target, pieces, table, checks, setAside);
      rows[table.name] = copied.rows;
      lost.push(...lostKeys(table.name, copied.lost));
      damaged.push(...lostKeys(table.name, copied.damaged));
    }
    for (const { sql } of indexesOf(source)) {
      target.exec(sql);
      yield;
    }
    migrateCopy(target, numberOf(source, 'PRAGMA user_version'));
    const gone = new Set([...lost, ...damaged].map(({ table }) => table));
    mendCopy(target, { gone, names, confirmed: options.confirmed, now: Date.now(), path });
    setAsideEvents(target, setAside.events);
    setAsideQuarantined(target, setAside.quarantine);
    copyNumbers(source, target);
    if (gone.size > 0) countKept(target);
    markAsInbox(target);
    target.exec('COMMIT');
    return { rows, lost, damaged, withoutUrl: gone.has('tokens') ? withoutUrl(target) : [] };
  } finally {
    target.close();
  }
}

/** Damaged rows that are kept for a person to look at. */
interface SetAside {
  readonly events: NamedRow[];
  readonly quarantine: NamedRow[];
}

interface Copied {
  readonly rows: number;
  readonly lost: readonly LostRange[];
  /** Each as a range of one key. */
  readonly damaged: readonly LostRange[];
}

/**
 * What is damaged is not copied: a wrong name, number or URL is worse than none.
 * @param setAside gets the damaged events.
 */
function* copyTable(
  target: Database,
  pieces: Iterable<Piece>,
  table: Table,
  checks: RowChecks,
  setAside: SetAside,
): Generator<void, Copied> {
  const holes = table.columns.map(() => '?').join(', ');
  const insert = target.prepare(
    `INSERT OR IGNORE INTO ${table.name} (${table.columns.join(', ')}) VALUES (${holes})`,
  );
  const lost: LostRange[] = [];
  const damaged: LostRange[] = [];
  let rows = 0;
  for (const piece of pieces) {
    for (const { key, values } of piece.rows) {
      const row = Object.fromEntries(
        table.columns.map((column, index) => [column, values[index] as SqlValue]),
      );
      if (checks.isIntact(table.name, row)) {
        rows += insert.run(...values).changes;
        continue;
      }
      damaged.push({ after: key, before: key });
      if (table.name === 'events' || table.name === 'quarantine') setAside[table.name].push(row);
    }
    lost.push(...piece.lost);
    yield;
  }
  return { rows, lost, damaged };
}

/**
 * The highest id that each table ever gave, which SQLite keeps so that none is given twice. It has no digest, so it does not
 * count where it cannot be read, or is below the ids that are there.
 */
function copyNumbers(source: Database, target: Database): void {
  const raise = target.prepare('UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2');
  const add = target.prepare(
    'INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2 WHERE ?1 NOT IN (SELECT name FROM sqlite_sequence)',
  );
  for (const { name, seq } of numbersIn(source)) {
    if (!(seq <= HIGHEST_ID)) continue;
    raise.run(name, seq);
    add.run(name, seq);
  }
}

/** No table ever has as many rows. */
const HIGHEST_ID = 2 ** 48;

function numbersIn(source: Database): Sequence[] {
  const has = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
  if (numberOf(source, has) === 0) return [];
  try {
    return source.prepare('SELECT name, seq FROM sqlite_sequence').all() as Sequence[];
  } catch (cause) {
    if (failureOf(cause) === undefined) throw cause;
    return [];
  }
}

interface Sequence {
  readonly name: string;
  readonly seq: number;
}
