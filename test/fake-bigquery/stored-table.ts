import type { Partitioning } from './layout-rules.js';
import type { FakeField } from './schema.js';
import type { StoredRow } from './values/value.js';

/** A table or a view, with its rows in the order of their arrival. */
export class StoredTable {
  readonly dataset: string;
  readonly id: string;
  /** Epoch ms as decimal text. */
  readonly creationTime: string;
  lastModifiedTime: string;
  etag = '';
  fields: readonly FakeField[] = [];
  timePartitioning: Partitioning | undefined;
  clustering: readonly string[] | undefined;
  labels: { readonly [key: string]: string } = {};
  description: string | undefined;
  expirationTime: string | undefined;
  view: { readonly query: string; readonly useLegacySql: boolean } | undefined;
  rows: StoredRow[] = [];
  /** Number of rows that were counted and not kept (`keepRows: false`). */
  rowsNotKept = 0;
  readonly #nextTime: () => string;

  constructor(dataset: string, id: string, nextTime: () => string) {
    this.dataset = dataset;
    this.id = id;
    this.#nextTime = nextTime;
    this.creationTime = nextTime();
    this.lastModifiedTime = this.creationTime;
    this.touch();
  }

  get numRows(): number {
    return this.rows.length + this.rowsNotKept;
  }

  /** Notes a change of rows or metadata, which gives the table a new time and a new etag. */
  touch(): void {
    this.lastModifiedTime = this.#nextTime();
    this.etag = `"${Buffer.from(`${this.id}:${this.lastModifiedTime}`).toString('base64url')}"`;
  }

  append(rows: readonly StoredRow[]): void {
    for (const row of rows) this.rows.push(row);
    this.touch();
  }

  truncate(): void {
    this.rows = [];
    this.rowsNotKept = 0;
    this.touch();
  }
}
