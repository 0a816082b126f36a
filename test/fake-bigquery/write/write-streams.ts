import { randomBytes } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import type { FakeField } from '../schema.js';
import type { Store } from '../store.js';
import type { StoredTable } from '../stored-table.js';
import type { StoredRow } from '../values/value.js';
import { Failure, finalized, invalidArgument, noStream, wrongState } from './failure.js';

export type StreamType = 'DEFAULT' | 'COMMITTED' | 'PENDING' | 'BUFFERED';

/** One write stream. Its rows are in order, and the first `visible` of them are in the table. */
export class WriteStream {
  readonly name: string;
  readonly type: StreamType;
  readonly table: StoredTable;
  readonly rows: StoredRow[] = [];
  /** Number of rows that were appended. */
  end = 0;
  /** Number of rows that were handed to the table. */
  visible = 0;
  isFinalized = false;
  commitTime: Date | undefined;

  constructor(name: string, type: StreamType, table: StoredTable) {
    this.name = name;
    this.type = type;
    this.table = table;
  }

  /** Checks an offset ("AppendRowsRequest.offset", and the codes that its error description lists). */
  check(offset: number | undefined): void {
    if (this.type === 'DEFAULT') {
      if (offset !== undefined) throw invalidArgument('Offset can not be specified for the default stream.');
      return;
    }
    if (this.isFinalized) throw finalized(this.name);
    if (offset === undefined || offset === this.end) return;
    const message = `offset is ${offset}, expected offset ${this.end}`;
    if (offset < this.end)
      throw new Failure(
        status.ALREADY_EXISTS,
        'OFFSET_ALREADY_EXISTS',
        `The offset is within stream, ${message}`,
      );
    throw new Failure(status.OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE', `The offset is beyond stream, ${message}`);
  }

  append(rows: readonly StoredRow[]): void {
    this.end += rows.length;
    if (this.type === 'DEFAULT' || this.type === 'COMMITTED') {
      this.table.append(rows);
      this.visible = this.end;
    } else this.rows.push(...rows);
  }

  /** Counts rows that are not kept. They are in the table at once, for any type of stream. */
  count(rows: number): void {
    this.end += rows;
    this.visible = this.end;
    this.table.rowsNotKept += rows;
    this.table.touch();
  }

  /** Puts rows into the table. @param count how many rows from the start have to be in the table. */
  show(count: number): void {
    if (count <= this.visible) return;
    this.table.append(this.rows.slice(this.visible, count));
    this.visible = count;
  }
}

const TABLE = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/;
const STREAM = /^(projects\/[^/]+\/datasets\/[^/]+\/tables\/[^/]+)\/(?:streams\/)?(\w+)$/;

/** All write streams of one project. A stream ends with its table: a table recreated under the same name does not have it. */
export class WriteStreams {
  readonly #store: Store;
  readonly #streams = new Map<string, WriteStream>();
  /** Columns that the Write API saw last. */
  readonly #seen = new WeakMap<StoredTable, readonly FakeField[]>();

  constructor(store: Store) {
    this.#store = store;
  }

  create(parent: string, type: string): WriteStream {
    const table = this.#table(parent);
    if (type !== 'COMMITTED' && type !== 'PENDING' && type !== 'BUFFERED')
      throw invalidArgument(`Stream type ${type} can not be created.`);
    const name = `${parent}/streams/${randomBytes(12).toString('base64url').replaceAll('-', '_')}`;
    const stream = new WriteStream(name, type, table);
    this.#streams.set(name, stream);
    return stream;
  }

  /** Returns a write stream. @throws Failure NOT_FOUND. */
  get(name: string): WriteStream {
    const [, parent = '', id] = STREAM.exec(name) ?? [];
    if (id === '_default')
      return new WriteStream(`${parent}/streams/_default`, 'DEFAULT', this.#table(parent));
    const stream = this.#streams.get(name);
    if (stream === undefined || this.#store.find(stream.table.dataset, stream.table.id) !== stream.table)
      throw noStream(name);
    return stream;
  }

  /** Returns the columns of a table that the Write API sees. */
  fields(table: StoredTable, isLate: boolean): readonly FakeField[] {
    const seen = this.#seen.get(table);
    if (isLate && seen !== undefined) return seen;
    this.#seen.set(table, table.fields);
    return table.fields;
  }

  /** Keeps the current columns of all tables as those that the Write API sees while the schema is late. */
  seeAll(): void {
    for (const { tables } of this.#store.datasets.values())
      for (const table of tables.values()) this.#seen.set(table, table.fields);
  }

  /** Deletes all streams, as the service does after days without an append. The rows stay. */
  forget(): void {
    this.#streams.clear();
  }

  finalize(name: string): number {
    const stream = this.get(name);
    if (stream.type === 'DEFAULT') throw invalidArgument('The default stream can not be finalized.');
    stream.isFinalized = true;
    return stream.end;
  }

  /** @param offset inclusive. */
  flush(name: string, offset: number): void {
    const stream = this.get(name);
    if (stream.type !== 'BUFFERED') throw wrongState(`Stream is not of type BUFFERED: ${name}`);
    if (offset >= stream.end)
      throw new Failure(status.OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE', `No row at ${offset}`);
    stream.show(offset + 1);
  }

  #table(parent: string): StoredTable {
    const [, project, dataset = '', id = ''] = TABLE.exec(parent) ?? [];
    const table = project === this.#store.project ? this.#store.find(dataset, id) : undefined;
    if (table === undefined || table.view !== undefined)
      throw new Failure(status.NOT_FOUND, 'TABLE_NOT_FOUND', `Not found: Table ${parent}`);
    return table;
  }
}
