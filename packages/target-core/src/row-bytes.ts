import type { RowIdentity } from '@tap-webhooks/singer';
import type { Batch, BatchRow, Row } from './loader.js';
import { SpareBytes } from './spare-bytes.js';

/** Small, since there may be thousands of tables with a few rows each. */
const FIRST_BYTES = 1024;
const FIRST_ROWS = 8;
/** Bytes that one UTF-16 code unit takes in UTF-8, at the most. */
const MOST_BYTES_PER_CHAR = 3;
/** A text of so many UTF-16 code units is measured, instead of reserving three times its length for what is mostly ASCII. */
const LARGE = 64 * 1024;

/**
 * Rows that wait, as the bytes that will be written. Strings would be moved by every garbage collection, and a slice of the
 * input would keep alive the whole chunk that it was cut from.
 */
export class RowBytes implements Batch {
  readonly rows: BatchRow[] = [];
  readonly #spares: SpareBytes;
  #bytes: Buffer;
  #starts = new Uint32Array(FIRST_ROWS + 1);
  /** NaN for a row that says none. Numbers of that size would be objects of their own in the rows. */
  #sequences = new Float64Array(FIRST_ROWS + 1);
  #end = 0;
  /** The inbox of the last row. */
  #inbox = '';

  /** @param spares provides memory as the batch grows. */
  constructor(spares = new SpareBytes()) {
    this.#spares = spares;
    this.#bytes = spares.take(FIRST_BYTES);
  }

  get bytes(): number {
    return this.#end - this.rows.length;
  }

  get lines(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  get starts(): Uint32Array {
    return this.#starts.subarray(0, this.rows.length + 1);
  }

  /** Gives the memory back for reuse: rows cannot be read any more. */
  handOver(): void {
    this.#spares.give(this.#bytes);
    this.#bytes = Buffer.alloc(0);
  }

  /** @returns the bytes that the row takes, without its line end. */
  add({ text, identity }: Row): number {
    this.#makeRoom(mostBytesOf(text) + 1);
    const index = this.rows.length;
    const start = this.#end;
    const end = start + this.#bytes.write(text, start);
    this.#bytes[end] = 0x0a;
    this.#end = end + 1;
    this.#starts[index + 1] = this.#end;
    const inbox = identity?.inbox === this.#inbox ? this.#inbox : (identity?.inbox ?? '');
    this.#inbox = inbox; // rows of one inbox share one string
    this.#sequences[index] = identity?.sequence ?? Number.NaN;
    this.rows.push(new StoredRow(this, index, inbox, identity?.position ?? Number.NaN));
    return end - start;
  }

  textAt(index: number): string {
    return this.#bytes.toString('utf8', this.#starts[index], (this.#starts[index + 1] as number) - 1);
  }

  sequenceAt(index: number): number | undefined {
    const sequence = this.#sequences[index] as number;
    return Number.isNaN(sequence) ? undefined : sequence;
  }

  #makeRoom(bytes: number): void {
    if (this.rows.length + 1 === this.#starts.length) {
      this.#starts = copied(this.#starts, new Uint32Array(2 * this.#starts.length));
      this.#sequences = copied(this.#sequences, new Float64Array(2 * this.#sequences.length));
    }
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = this.#spares.take(Math.max(2 * this.#bytes.length, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#spares.give(this.#bytes);
    this.#bytes = larger;
  }
}

/** The lines of some rows of a batch, in the order given. Neighbours in the batch are not copied. */
export function linesOf({ lines, starts }: Batch, rows: readonly BatchRow[]): Uint8Array {
  const runs: Uint8Array[] = [];
  for (let from = 0; from < rows.length; ) {
    const first = (rows[from] as BatchRow).index;
    let next = from + 1;
    while (next < rows.length && (rows[next] as BatchRow).index === first + next - from) next += 1;
    runs.push(lines.subarray(starts[first], starts[first + next - from]));
    from = next;
  }
  return runs.length === 1 ? (runs[0] as Uint8Array) : Buffer.concat(runs);
}

function copied<A extends Uint32Array | Float64Array>(numbers: A, into: A): A {
  into.set(numbers);
  return into;
}

function mostBytesOf(text: string): number {
  return text.length < LARGE ? text.length * MOST_BYTES_PER_CHAR : Buffer.byteLength(text);
}

/** A row, and its own identity: there may be a hundred thousand of them, so each is a single object. */
class StoredRow implements BatchRow, RowIdentity {
  readonly inbox: string;
  readonly position: number;
  readonly #buffer: RowBytes;
  readonly #index: number; // not a plain field, since the row is its own identity

  constructor(buffer: RowBytes, index: number, inbox: string, position: number) {
    this.inbox = inbox;
    this.position = position;
    this.#buffer = buffer;
    this.#index = index;
  }

  get index(): number {
    return this.#index;
  }

  get identity(): RowIdentity | undefined {
    return Number.isNaN(this.position) ? undefined : this;
  }

  get sequence(): number | undefined {
    return this.#buffer.sequenceAt(this.#index);
  }

  get text(): string {
    return this.#buffer.textAt(this.#index);
  }
}
