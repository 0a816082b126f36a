import { isIntact, rowDigest } from '../../digest.js';
import { incarnationAt } from '../../inbox.js';
import { type Database, numberOf } from '../database.js';
import { incarnationsOf } from '../incarnations.js';
import { schemaDigest } from '../schemas.js';
import type { SqlValue } from './readable-rows.js';

/** A row by the names of its columns. */
export type NamedRow = { readonly [column: string]: SqlValue };

type Value = string | number | null | Uint8Array;

/** Compares stored rows with the digests that were stored with them. */
export class RowChecks {
  readonly #database: Database;
  #streams: ReadonlyMap<number, string>;
  readonly #incarnations: ReturnType<typeof incarnationsOf>;

  constructor(database: Database) {
    this.#database = database;
    this.#streams = streamsOf(database);
    // Digests of format 1 cover no incarnation.
    this.#incarnations = numberOf(database, 'PRAGMA user_version') === 1 ? [] : incarnationsOf(database);
  }

  /** Returns whether a row is as it was recorded. One without a digest counts as such. */
  isIntact(table: string, row: NamedRow): boolean {
    const value = (column: string) => plain(row[column] ?? null);
    if (row.stream === undefined) return true;
    const stream = this.#streamOf(Number(row.stream));
    const digest = value('digest');
    if (table === 'events') return this.#isIntactEvent(stream, value);
    if (digest === null || digest === undefined) return true;
    const of = (...columns: string[]) => rowDigest(stream, ...columns.map(value));
    if (table === 'delivery_ids') return digest === of('id', 'item', 'content', 'received_at');
    if (table === 'schemas') return digest === digestOfSchema(stream, row);
    if (table !== 'quarantine') return true;
    return digest === of('received_at', 'sequence', 'delivery_id', 'reason', 'body', 'item', 'event_type');
  }

  /** A writer may have added the stream meanwhile. */
  #streamOf(id: number): string {
    if (!this.#streams.has(id)) this.#streams = streamsOf(this.#database);
    return this.#streams.get(id) ?? '';
  }

  #isIntactEvent(stream: string, value: (column: string) => Value): boolean {
    const position = value('position') as number;
    return isIntact({
      position,
      inbox: incarnationAt(this.#incarnations, position) ?? '',
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

function digestOfSchema(stream: string, { version, description, base, epoch }: NamedRow): string {
  const number = plain(base ?? null) as number | null;
  return schemaDigest(stream, Number(version), String(description), number, Number(epoch));
}

function streamsOf(database: Database): Map<number, string> {
  const streams = database.prepare('SELECT id, name FROM streams').all() as Array<{
    id: number;
    name: string;
  }>;
  return new Map(streams.map(({ id, name }) => [id, name]));
}

function plain(value: SqlValue): Value {
  return typeof value === 'bigint' ? Number(value) : value;
}
