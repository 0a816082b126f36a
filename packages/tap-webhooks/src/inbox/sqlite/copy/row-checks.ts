import { isIntact, rowDigest } from '../../digest.js';
import { incarnationAt } from '../../inbox.js';
import type { Database } from '../database.js';
import { isChecked, isIntactRow } from '../row-digests.js';
import { schemaDigest } from '../schemas.js';
import { knownNames, type Names } from './known-names.js';
import type { SqlValue } from './readable-rows.js';

/** A row by the names of its columns. */
export type NamedRow = { readonly [column: string]: SqlValue };

type Value = string | number | null | Uint8Array;

/** Compares stored rows with the digests that were stored with them. */
export class RowChecks {
  readonly #database: Database;
  #names: Names;

  constructor(database: Database, names: Names = knownNames(database)) {
    this.#database = database;
    this.#names = names;
  }

  /** Returns whether a row is as it was recorded. One without a digest counts as such. */
  isIntact(table: string, row: NamedRow): boolean {
    if (isChecked(table)) return isIntactRow(table, row);
    if (row.stream === undefined) return true; // of a table of format 1
    const value = (column: string) => plain(row[column] ?? null);
    const stream = this.#streamOf(Number(row.stream));
    if (table === 'events') return this.#isIntactEvent(stream, value);
    const digest = value('digest');
    return digest === null || digest === digestIn(table, stream, value);
  }

  /** A writer may have added the stream meanwhile. */
  #streamOf(id: number): string {
    if (!this.#names.streams.has(id)) this.#names = knownNames(this.#database);
    return this.#names.streams.get(id) ?? '';
  }

  #isIntactEvent(stream: string, value: (column: string) => Value): boolean {
    const position = value('position') as number;
    return isIntact({
      position,
      inbox: incarnationAt(this.#names.incarnations, position) ?? '',
      stream,
      receivedAt: value('received_at') as number,
      sequence: value('sequence') as number,
      schemaVersion: value('schema_version') as number,
      check: String(value('digest')),
      row: String(value('record')),
      deliveryId: value('delivery_id') as string | null,
      eventType: value('event_type') as string | null,
    });
  }
}

/** Returns the digest that a row of a table should have. @param value of a column. */
export function digestIn(table: string, stream: string, value: (column: string) => Value): string {
  const of = (...columns: string[]) => rowDigest(stream, ...columns.map(value));
  if (table === 'delivery_ids') return of('id', 'item', 'content', 'received_at');
  if (table === 'quarantine') {
    const columns = ['received_at', 'sequence', 'delivery_id', 'reason', 'body', 'item', 'event_type'];
    return of(...columns, ...(value('request') === null ? [] : ['request'])); // earlier versions stored none
  }
  const base = value('base') as number | null;
  const [version, epoch] = [Number(value('version')), Number(value('epoch'))];
  return schemaDigest(stream, version, String(value('description')), base, epoch);
}

function plain(value: SqlValue): Value {
  return typeof value === 'bigint' ? Number(value) : value;
}
