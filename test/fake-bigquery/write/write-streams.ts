import { randomBytes } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import type { FakeField } from '../schema.js';
import type { Store } from '../store.js';
import type { StoredTable } from '../stored-table.js';
import type { StoredRow } from '../values/value.js';
import { Failure, finalized, invalidArgument, noStream, wrongState } from './failure.js';

export type StreamType = 'DEFAULT' | 'COMMITTED' | 'PENDING' | 'BUFFERED';

/** One write stream: rows in order, of which the first `visible` are in the table. */
export class WriteStream {
  readonly name: string;
  readonly type: StreamType;
  readonly table: StoredTable;
  readonly rows: StoredRow[] = [];
  /** Rows appended. */
  end = 0;
  /** Rows that were handed to the table. */
  visible = 0;
  isFinalized = false;
  commitTime: Date | undefined;

  constructor(name: string, type: StreamType, table: StoredTable) {
    this.name = name;
    this.type = type;
    this.table = table;
  }

  /** The rules of offsets: "AppendRowsRequest.offset" and the codes that its error description lists. */
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

  /** Rows that are not kept: they are at once in the table, whatever the type of the stream. */
  count(rows: number): void {
    this.end += rows;
    this.visible = this.end;
    this.table.rowsNotKept += rows;
    this.table.touch();
  }

  /** @param count rows from the beginning that are to be in the table. */
  show(count: number): void {
    if (count <= this.visible) return;
    this.table.append(this.rows.slice(this.visible, count));
    this.visible = count;
  }
}

const TABLE = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/;
const STREAM = /^(projects\/[^/]+\/datasets\/[^/]+\/tables\/[^/]+)\/(?:streams\/)?(\w+)$/;

/** All write streams of one project. A stream goes with its table: one made anew under the name does not have it. */
export class WriteStreams {
  readonly #store: Store;
  readonly #streams = new Map<string, WriteStream>();
  /** Columns as the Write API saw them last. */
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

  /** @throws Failure NOT_FOUND. */
  get(name: string): WriteStream {
    const [, parent = '', id] = STREAM.exec(name) ?? [];
    if (id === '_default')
      return new WriteStream(`${parent}/streams/_default`, 'DEFAULT', this.#table(parent));
    const stream = this.#streams.get(name);
    if (stream === undefined || this.#store.find(stream.table.dataset, stream.table.id) !== stream.table)
      throw noStream(name);
    return stream;
  }

  /** Columns of a table as the Write API sees them. */
  fields(table: StoredTable, isLate: boolean): readonly FakeField[] {
    const seen = this.#seen.get(table);
    if (isLate && seen !== undefined) return seen;
    this.#seen.set(table, table.fields);
    return table.fields;
  }

  /** Notes the columns of all tables as those that are seen while the schema comes late. */
  seeAll(): void {
    for (const { tables } of this.#store.datasets.values())
      for (const table of tables.values()) this.#seen.set(table, table.fields);
  }

  /** All streams are gone, as after days without an append; the rows stay. */
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
