import type { Incarnation } from '../../inbox.js';
import { type Database, numberOf } from '../database.js';
import { incarnationsOf, rangesOf } from '../incarnations.js';
import {
  type IncarnationRow,
  type MetaRow,
  type NotedStream,
  notedIncarnations,
  notedStreams,
} from '../meta.js';
import { type CheckedTable, intactRows, isIntactRow, type StoredRow } from '../row-digests.js';
import { readableRows } from './readable-rows.js';
import { tablesOf } from './stored-tables.js';

/** What the rows of a file refer to. */
export interface Names {
  /** Number of each stream → its name. */
  readonly streams: ReadonlyMap<number, string>;
  /** Oldest first. */
  readonly incarnations: readonly Incarnation[];
}

/** The same, as far as anything in the file still tells it. */
export interface KnownNames extends Names {
  /** What is noted of each stream a second time. */
  readonly noted: readonly NotedStream[];
  /** Rows of the table `incarnations`, each from there or from its second copy. */
  readonly incarnationRows: readonly IncarnationRow[];
}

/** Streams and incarnations are given low numbers. It limits how long a damaged page is searched for rows. */
const HIGHEST = 4096n;

/** Reads the names from their tables, past damage, and from their second copies in `meta`. */
export function knownNames(database: Database): KnownNames {
  const rows = <R>(table: CheckedTable) => intactOf<R>(database, table);
  const meta = rows<MetaRow>('meta');
  const noted = notedStreams(meta);
  const streams = new Map([...noted, ...rows<NotedStream>('streams')].map(({ id, name }) => [id, name]));
  const isFormat1 = numberOf(database, 'PRAGMA user_version') === 1; // which has no such table, and digests without it
  const found = isFormat1 ? [] : rows<IncarnationRow>('incarnations');
  const byNumber = new Map([...notedIncarnations(meta), ...found].map((row) => [row.number, row]));
  const incarnationRows = [...byNumber.values()].sort((one, other) => one.number - other.number);
  return { streams, incarnations: rangesOf(incarnationRows), noted, incarnationRows };
}

/** Reads the names from their tables alone. @throws DamagedRow */
export function storedNames(database: Database): Names {
  const streams = intactRows<{ id: number; name: string }>(database, 'streams');
  return {
    streams: new Map(streams.map(({ id, name }) => [id, name])),
    incarnations: incarnationsOf(database),
  };
}

/** Rows that can be read and are what was stored. */
function intactOf<R>(database: Database, name: CheckedTable): R[] {
  const table = tablesOf(database).find((one) => one.name === name);
  if (!table) return [];
  const intact: R[] = [];
  for (const piece of readableRows(database, table, { highest: HIGHEST, skipUnreadable: true }))
    for (const { values } of piece.rows) {
      const row = Object.fromEntries(table.columns.map((column, index) => [column, plain(values[index])]));
      if (isIntactRow(name, row as StoredRow)) intact.push(row as R);
    }
  return intact;
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
