import type { RowIdentity } from '@tap-webhooks/singer';
import type { Batch, Row } from './loader.js';
import { SpareBytes } from './spare-bytes.js';

/** Small: there may be thousands of tables with a few rows each. */
const FIRST_CAPACITY = 1024;
/** Bytes that one UTF-16 code unit takes in UTF-8, at the most. */
const MOST_BYTES_PER_CHAR = 3;
/** UTF-16 code units from which on a text is measured: three times as much would be reserved for what is mostly ASCII. */
const LARGE = 64 * 1024;

/**
 * Rows that wait, as the bytes that will be written. Strings would be moved by one garbage collection after the other, and a
 * slice of the input would keep the whole chunk alive that it was cut from.
 */
export class RowBytes implements Batch {
  readonly rows: Row[] = [];
  readonly #spares: SpareBytes;
  #bytes: Buffer;
  #end = 0;
  /** Of the last row. */
  #inbox = '';

  /** @param spares where memory comes from as the rows grow. */
  constructor(spares = new SpareBytes()) {
    this.#spares = spares;
    this.#bytes = spares.take(FIRST_CAPACITY);
  }

  /** A batch of rows that are there already, such as a test has. */
  static of(rows: readonly Row[]): RowBytes {
    const buffer = new RowBytes();
    for (const row of rows) buffer.add(row);
    return buffer;
  }

  get bytes(): number {
    return this.#end - this.rows.length;
  }

  get lines(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Gives the memory to whoever needs it next: rows cannot be read any more. */
  handOver(): void {
    this.#spares.give(this.#bytes);
    this.#bytes = Buffer.alloc(0);
  }

  /** @returns the bytes that the row takes, without its line end. */
  add({ text, identity }: Row): number {
    this.#makeRoom(mostBytesOf(text) + 1);
    const start = this.#end;
    const end = start + this.#bytes.write(text, start);
    this.#bytes[end] = 0x0a;
    this.#end = end + 1;
    const inbox = identity?.inbox === this.#inbox ? this.#inbox : (identity?.inbox ?? '');
    this.#inbox = inbox; // one text for all of an inbox
    this.rows.push(new StoredRow(this, start, end, inbox, identity?.position ?? Number.NaN));
    return end - start;
  }

  textAt(start: number, end: number): string {
    return this.#bytes.toString('utf8', start, end);
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = this.#spares.take(Math.max(2 * this.#bytes.length, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#spares.give(this.#bytes);
    this.#bytes = larger;
  }
}

function mostBytesOf(text: string): number {
  return text.length < LARGE ? text.length * MOST_BYTES_PER_CHAR : Buffer.byteLength(text);
}

/** A row where it lies, and its own identity: there may be a hundred thousand of them, so each is one object. */
class StoredRow implements Row, RowIdentity {
  readonly inbox: string;
  readonly position: number;
  readonly #buffer: RowBytes;
  readonly #start: number;
  readonly #end: number;

  constructor(buffer: RowBytes, start: number, end: number, inbox: string, position: number) {
    this.inbox = inbox;
    this.position = position;
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
  }

  get identity(): RowIdentity | undefined {
    return Number.isNaN(this.position) ? undefined : this;
  }

  get text(): string {
    return this.#buffer.textAt(this.#start, this.#end);
  }
}
