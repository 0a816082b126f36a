import type { Database } from './database.js';
import { digestOf, requireIntact } from './row-digests.js';

/**
 * Values of the inbox as a whole. Incarnations and the names of streams are stored here a second time: without them nobody could
 * tell what the events are, so one damaged page must not cost them.
 */

/** Returns a number; 0 when there is none. @throws DamagedRow */
export function numberInMeta(database: Database, name: string): number {
  const row = database.prepare('SELECT * FROM meta WHERE name = ?').get(name) as
    | { readonly value: number }
    | undefined;
  return Number(row ? requireIntact('meta', row).value : 0);
}

export const PUT_META = 'INSERT OR REPLACE INTO meta (name, value, digest) VALUES (?, ?, ?)';

export function putMeta(database: Database, name: string, value: number | string): void {
  database.prepare(PUT_META).run(name, value, digestOf('meta', { name, value }));
}

/** A row of the table `incarnations`. */
export interface IncarnationRow {
  readonly number: number;
  readonly id: string;
  readonly first: number;
  readonly begun_at: number;
}

export function noteIncarnation(database: Database, { number, ...incarnation }: IncarnationRow): void {
  putMeta(database, `incarnation ${number}`, JSON.stringify(incarnation));
}

/** What cannot be found out from the events of a stream. */
export interface NotedStream {
  readonly id: number;
  readonly name: string;
  readonly trimmed_through: number;
}

export function noteStream(database: Database, { id, name, trimmed_through }: NotedStream): void {
  putMeta(database, `stream ${id}`, JSON.stringify({ name, trimmed_through }));
}

/** A row of the table `meta`. */
export interface MetaRow {
  readonly name: string;
  readonly value: string | number;
}

/** @param rows intact ones. */
export function notedIncarnations(rows: readonly MetaRow[]): IncarnationRow[] {
  return noted<Omit<IncarnationRow, 'number'>>(rows, /^incarnation (\d+)$/).map(([number, value]) => ({
    number,
    ...value,
  }));
}

/** @param rows intact ones. */
export function notedStreams(rows: readonly MetaRow[]): NotedStream[] {
  return noted<Omit<NotedStream, 'id'>>(rows, /^stream (\d+)$/).map(([id, value]) => ({ id, ...value }));
}

function noted<V>(rows: readonly MetaRow[], form: RegExp): Array<[number, V]> {
  return rows.flatMap(({ name, value }) => {
    const number = form.exec(name)?.[1];
    return number === undefined ? [] : [[Number(number), JSON.parse(String(value)) as V] as [number, V]];
  });
}

/** Removes what format 1 does not know. */
export function forgetNotes(database: Database): void {
  database.exec(
    "DELETE FROM meta WHERE name IN ('confirmed_time', 'epochs', 'rebuilt_schemas') OR name LIKE 'stream %' OR name LIKE 'incarnation %'",
  );
}
