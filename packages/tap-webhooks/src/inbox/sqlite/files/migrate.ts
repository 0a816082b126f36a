import { type Database, inTransaction, numberOf } from '../database.js';
import { forgetNotes, type IncarnationRow, type NotedStream, noteIncarnation, noteStream } from '../meta.js';
import { storeDigests } from '../row-digests.js';
import { makeSchemasWhole } from '../schemas.js';
import { numberEpochs } from './epochs.js';
import { TABLES } from './tables.js';

/** Turns a file of the previous format into this one, inside a transaction. */
export type Migration = (database: Database) => void;

/**
 * The first entry turns format 1 into format 2, and so on. A migration adds tables and columns and rewrites no row of a table that
 * grows with the events, so it takes milliseconds and no room on disk, however large the file is.
 */
export const MIGRATIONS: readonly Migration[] = [toFormat2];

/** Statements of `TABLES` that create tables and indexes which format 1 did not have. */
const ADDED = [
  'incarnations',
  'delivery_ids',
  'delivery_ids_by_time',
  'minutes',
  'refusals',
  'tombstones',
  'requests',
  'audit',
];

const COLUMNS_OF_FORMAT_2 = [
  ['events', 'delivery_id TEXT'],
  ['events', 'event_type TEXT'],
  ['events', 'event_time INTEGER'],
  ['events', 'request TEXT'],
  ['quarantine', 'item INTEGER NOT NULL DEFAULT 0'],
  ['quarantine', 'event_type TEXT'],
  ['quarantine', 'request TEXT'],
  ['quarantine', 'position INTEGER'],
  ['quarantine', 'digest TEXT'],
  ['schemas', 'epoch INTEGER NOT NULL DEFAULT 1'],
  ['schemas', 'base INTEGER'],
  ['schemas', 'digest TEXT'],
  ['streams', 'kept_bytes INTEGER NOT NULL DEFAULT 0'],
  ['streams', 'quarantined_bytes INTEGER NOT NULL DEFAULT 0'],
  ['streams', 'digest TEXT'],
  ['meta', 'digest TEXT'],
  ['tokens', 'digest TEXT'],
  ['checks', 'row_digest TEXT'],
  ['sequence_keys', 'row_digest TEXT'],
] as const;

/**
 * The bytes that each stream keeps are estimated from the size of the file, since adding them up would read all of it. The
 * estimate is gone once those events are trimmed.
 */
function toFormat2(database: Database): void {
  for (const [table, column] of COLUMNS_OF_FORMAT_2)
    database.exec(`ALTER TABLE ${table} ADD COLUMN ${column}`);
  database.exec('ALTER TABLE deliveries RENAME TO old_deliveries');
  for (const name of ADDED) database.exec(statementThatCreates(name));
  database.exec(`
    INSERT INTO incarnations (id, first, begun_at)
      SELECT value, 1, coalesce((SELECT min(received_at) FROM events), 0) FROM meta WHERE name = 'incarnation';
    DELETE FROM meta WHERE name = 'incarnation';
    UPDATE streams SET quarantined_bytes =
      coalesce((SELECT sum(length(body)) FROM quarantine WHERE quarantine.stream = streams.id), 0);`);
  numberEpochs(database);
  const bytes = numberOf(database, 'PRAGMA page_count') * numberOf(database, 'PRAGMA page_size');
  const kept = numberOf(database, 'SELECT sum(kept) FROM streams');
  if (kept > 0) database.prepare('UPDATE streams SET kept_bytes = kept * ?').run(Math.floor(bytes / kept));
  noteAll(database);
  for (const table of ['meta', 'incarnations', 'streams', 'tokens'] as const) storeDigests(database, table);
}

/** Notes the incarnations and the names of the streams a second time: see `meta.ts`. */
export function noteAll(database: Database): void {
  const all = <R>(table: string) => database.prepare(`SELECT * FROM ${table}`).all() as R[];
  for (const { number, id, first, begun_at } of all<IncarnationRow>('incarnations'))
    noteIncarnation(database, { number, id, first, begun_at });
  for (const stream of all<NotedStream>('streams')) noteStream(database, stream);
}

/** Creates the one table that the first files of format 2 lack. */
export function addRefusals(database: Database): void {
  database.exec(statementThatCreates('refusals').replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS'));
}

function statementThatCreates(name: string): string {
  const statement = TABLES.split(';').find((one) => new RegExp(`CREATE (TABLE|INDEX) ${name} `).test(one));
  if (statement === undefined) throw new Error(`no statement creates ${name}`);
  return statement;
}

/** Why an inbox cannot go back to format 1; undefined when it can. */
export function whyNotBack(database: Database): string | undefined {
  const first = numberOf(database, 'SELECT first FROM incarnations ORDER BY number DESC LIMIT 1');
  const older = database.prepare('SELECT 1 FROM events WHERE position < ? LIMIT 1').get(first);
  return older === undefined
    ? undefined
    : `events before position ${first} belong to an earlier incarnation, which format 1 cannot express: deliver and trim them first`;
}

/**
 * Turns a file of format 2 into one of format 1, in one transaction. What format 1 cannot hold is lost: delivery ids that
 * were seen since (a retry of one of those deliveries becomes a second row), counters per minute, audit.
 */
export function backToFormat1(database: Database): void {
  inTransaction(database, () => {
    makeSchemasWhole(database); // format 1 knows no other
    database.exec(`INSERT INTO meta (name, value)
      SELECT 'incarnation', id FROM incarnations ORDER BY number DESC LIMIT 1`);
    forgetNotes(database);
    for (const name of ADDED) if (!name.endsWith('_by_time')) database.exec(`DROP TABLE ${name}`);
    database.exec('ALTER TABLE old_deliveries RENAME TO deliveries');
    for (const [table, column] of COLUMNS_OF_FORMAT_2)
      database.exec(`ALTER TABLE ${table} DROP COLUMN ${column.slice(0, column.indexOf(' '))}`);
    database.exec('PRAGMA user_version = 1');
  });
}
