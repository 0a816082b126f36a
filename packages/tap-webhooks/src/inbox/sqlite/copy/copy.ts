import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { syncFolderSync } from '@tap-webhooks/singer';
import { inboxLost } from '../../../errors.js';
import { type Database, numberOf } from '../database.js';
import { markAsInbox, migrateCopy } from '../files/format.js';
import { createEmpty } from '../files/opening.js';
import { type Lost, lostKeys } from './lost-ranges.js';
import { mendCopy } from './mend-copy.js';
import { type LostRange, type Piece, readableRows, type SqlValue } from './readable-rows.js';
import { type NamedRow, RowChecks } from './row-checks.js';
import { setAsideEvents } from './set-aside.js';
import { highestKey, indexesOf, type Table, tablesOf } from './stored-tables.js';

/** What a copy holds, and what could not be copied. */
export interface CopyReport {
  /** Rows per table. */
  readonly rows: { readonly [table: string]: number };
  readonly lost: readonly Lost[];
  /** Rows that could be read, but are not what was recorded. Such events are in the quarantine of the copy. */
  readonly damaged: readonly Lost[];
}

export interface CopyOptions {
  /** Count rows as lost when the disk fails to read them. Otherwise that failure ends the copy. */
  readonly skipUnreadable: boolean;
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
    const checks = new RowChecks(source);
    const damaged: Lost[] = [];
    const setAside: NamedRow[] = [];
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
    for (const { sql } of indexesOf(source)) target.exec(sql);
    migrateCopy(target, numberOf(source, 'PRAGMA user_version'));
    setAsideEvents(target, setAside);
    requireIncarnations(target, path);
    mendCopy(target, lost, Date.now());
    copyNumbers(source, target);
    if (lost.length + damaged.length > 0) target.exec(COUNT_KEPT);
    markAsInbox(target);
    target.exec('COMMIT');
    return { rows, lost, damaged };
  } finally {
    target.close();
  }
}

interface Copied {
  readonly rows: number;
  readonly lost: readonly LostRange[];
  /** Each as a range of one key. */
  readonly damaged: readonly LostRange[];
}

/** @param setAside gets the damaged events. */
function* copyTable(
  target: Database,
  pieces: Iterable<Piece>,
  table: Table,
  checks: RowChecks,
  setAside: NamedRow[],
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
      const isIntact = checks.isIntact(table.name, row);
      if (!isIntact) damaged.push({ after: key, before: key });
      if (!isIntact && table.name === 'events') setAside.push(row);
      else if (isIntact || isOfUse(table.name, row)) rows += insert.run(...values).changes;
    }
    lost.push(...piece.lost);
    yield;
  }
  return { rows, lost, damaged };
}

/** A damaged delivery id recognises nothing. What else is damaged is better than nothing, as long as it can be read. */
function isOfUse(table: string, row: NamedRow): boolean {
  if (table !== 'schemas') return table !== 'delivery_ids';
  try {
    JSON.parse(String(row.description));
    return true;
  } catch {
    return false;
  }
}

/** The highest id that each table ever gave, which SQLite keeps so that none is given twice. */
function copyNumbers(source: Database, target: Database): void {
  const has = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
  if (numberOf(source, has) === 0) return;
  target.exec('DELETE FROM sqlite_sequence');
  const insert = target.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
  for (const { name, seq } of source.prepare('SELECT name, seq FROM sqlite_sequence').all() as Sequence[])
    insert.run(name, seq);
}

interface Sequence {
  readonly name: string;
  readonly seq: number;
}

/** Without them nobody could tell whose positions these are. */
function requireIncarnations(target: Database, path: string): void {
  if (numberOf(target, 'SELECT count(*) FROM incarnations') === 0) throw inboxLost(path);
}

/** Rows that were lost are not kept any more. */
const COUNT_KEPT = `UPDATE streams SET
  kept = (SELECT count(*) FROM events WHERE events.stream = streams.id),
  kept_bytes = (SELECT coalesce(sum(octet_length(record)), 0) FROM events WHERE events.stream = streams.id)`;
