import type { Bookmark } from '@tap-webhooks/singer';
import { inboxLost } from '../../../errors.js';
import { incarnationAt } from '../../inbox.js';
import { type Database, numberOf } from '../database.js';
import { noteAll } from '../files/migrate.js';
import { beginIncarnation, incarnationsOf } from '../incarnations.js';
import { putMeta } from '../meta.js';
import { digestOf, storeDigests } from '../row-digests.js';
import { REBUILT_SCHEMAS, schemasToRepair, storeWhole } from '../schemas.js';
import type { KnownNames } from './known-names.js';
import { rebuildStreams } from './rebuild-streams.js';

/** What is known of a copy that may be without some rows. */
export interface Mending {
  /** Tables of which rows are missing in the copy. */
  readonly gone: ReadonlySet<string>;
  readonly names: KnownNames;
  /** What consumers have confirmed: the checks of their bookmarks. */
  readonly confirmed: readonly Bookmark[];
  /** Epoch in ms. */
  readonly now: number;
  /** Of the copy. */
  readonly path: string;
}

/** Gives a copy of an inbox what it cannot work without, when rows of those tables are missing. Inside a transaction. */
export function mendCopy(copy: Database, mending: Mending): void {
  const { gone, names } = mending;
  restoreIncarnations(copy, mending);
  if (gone.has('streams')) rebuildStreams(copy, names);
  if (gone.has('meta')) noteAll(copy);
  mendNumbers(copy, mending);
  if (gone.has('checks')) restoreChecks(copy, mending.confirmed);
  mendSchemas(copy);
}

/** @throws ToolkitError `inbox_lost`: without them nobody could tell whose positions these are. */
function restoreIncarnations(copy: Database, { names, path }: Mending): void {
  const put = copy.prepare(
    'INSERT OR IGNORE INTO incarnations (number, id, first, begun_at, digest) VALUES (?, ?, ?, ?, ?)',
  );
  for (const row of names.incarnationRows)
    put.run(row.number, row.id, row.first, row.begun_at, digestOf('incarnations', { ...row }));
  if (numberOf(copy, 'SELECT count(*) FROM incarnations') === 0) throw inboxLost(path);
}

function mendNumbers(copy: Database, { gone, now }: Mending): void {
  const isMissing = (name: string) =>
    copy.prepare('SELECT 1 FROM meta WHERE name = ?').get(name) === undefined;
  const newest = numberOf(copy, NEWEST);
  // Positions above these may have been given, so those that follow must not meet them.
  const isUncertain = isMissing('newest') || (gone.has('meta') && gone.has('incarnations'));
  raise(copy, 'newest', newest);
  if (isUncertain) beginIncarnation(copy, newest + 1, now);
  // The numbers of keys that are missing must stay below those that follow.
  const isUnordered = isMissing('sequence_mark') || gone.has('sequence_keys');
  raise(copy, 'sequence_mark', isUnordered ? Math.max(now, numberOf(copy, SEQUENCE) + 1) : 0);
  // A clock that is wrong now must not be believed at once.
  if (gone.has('meta') && isMissing('confirmed_time'))
    putMeta(copy, 'confirmed_time', numberOf(copy, 'SELECT max(received_at) FROM events') || now);
}

/** The highest position that any row tells of. */
const NEWEST = `SELECT max(position) FROM (
  SELECT max(CAST(value AS INTEGER)) AS position FROM meta WHERE name = 'newest'
  UNION ALL SELECT max(newest) FROM streams UNION ALL SELECT max(first) - 1 FROM incarnations
  UNION ALL SELECT max(position) FROM events UNION ALL SELECT max(position) FROM checks
  UNION ALL SELECT max(position) FROM quarantine)`;

const SEQUENCE = `SELECT max(sequence) FROM (
  SELECT max(sequence) AS sequence FROM events UNION ALL SELECT max(sequence) FROM quarantine
  UNION ALL SELECT max(sequence) FROM sequence_keys)`;

/** Stores a number that must not fall. */
function raise(copy: Database, name: string, value: number): void {
  const before = copy.prepare('SELECT value FROM meta WHERE name = ?').get(name) as
    | { value: number }
    | undefined;
  if (before === undefined || before.value < value) putMeta(copy, name, value);
}

/** Those of confirmed bookmarks, which a pipe brings again. */
function restoreChecks(copy: Database, confirmed: readonly Bookmark[]): void {
  const incarnations = incarnationsOf(copy);
  const newest = numberOf(copy, NEWEST);
  const put = copy.prepare('INSERT OR IGNORE INTO checks (position, digest, row_digest) VALUES (?, ?, ?)');
  for (const { position, inbox, check } of confirmed)
    if (position <= newest && incarnationAt(incarnations, position) === inbox)
      put.run(position, check, digestOf('checks', { position, digest: check }));
}

/** The next writer gives the columns and keys of its rules to versions of which nothing is known. */
function mendSchemas(copy: Database): void {
  copy.exec('DELETE FROM schemas WHERE stream NOT IN (SELECT id FROM streams)');
  const repaired = schemasToRepair(copy);
  for (const { schema } of repaired) storeWhole(copy, schema);
  const rebuilt = repaired.filter(({ isRebuilt }) => isRebuilt);
  if (rebuilt.length > 0)
    putMeta(
      copy,
      REBUILT_SCHEMAS,
      JSON.stringify(rebuilt.map(({ schema: { stream, version } }) => ({ stream, version }))),
    );
}

/** Rows that are missing are not kept any more. */
export function countKept(copy: Database): void {
  copy.exec(`UPDATE streams SET
    kept = (SELECT count(*) FROM events WHERE events.stream = streams.id),
    kept_bytes = (SELECT coalesce(sum(octet_length(record)), 0) FROM events WHERE events.stream = streams.id)`);
  storeDigests(copy, 'streams');
}
