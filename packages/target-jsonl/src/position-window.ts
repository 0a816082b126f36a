import { type RowIdentity, sequencesAgree } from '@tap-webhooks/singer';
import { HeldRows } from '@tap-webhooks/target-core';
import { mayHold, type PositionRange } from './manifest.js';

/** What tells the rows of one inbox apart. */
export type InboxRow = Pick<RowIdentity, 'position' | 'sequence'>;

/** Rows by position, as two lists of the same length. */
interface FoundRows {
  /** In ascending order. */
  readonly positions: Float64Array;
  /** NaN for a row that says none. */
  readonly sequences: Float64Array;
}

/**
 * Collects rows of one inbox and keeps those with the lowest positions: about `capacity` of them, and all of them at or below
 * `through`.
 */
export class PositionBuffer {
  readonly #capacity: number;
  #positions = new Float64Array(1024);
  #sequences = new Float64Array(1024);
  #count = 0;
  #isSorted = true;
  /** All rows with positions up to here are kept. */
  through: number;

  constructor(capacity: number, through: number) {
    this.#capacity = capacity;
    this.through = through;
  }

  add({ position, sequence }: InboxRow): void {
    if (position > this.through) return;
    if (this.#count === this.#positions.length) this.#makeRoom();
    if (this.#count > 0 && position < (this.#positions[this.#count - 1] as number)) this.#isSorted = false;
    this.#positions[this.#count] = position;
    this.#sequences[this.#count] = sequence ?? Number.NaN;
    this.#count += 1;
  }

  finish(): FoundRows {
    this.#sort();
    const end = upTo(this.#positions.subarray(0, this.#count), this.through);
    return { positions: this.#positions.slice(0, end), sequences: this.#sequences.slice(0, end) };
  }

  /** Drops the higher half of the positions, or takes more memory as long as there may be more. */
  #makeRoom(): void {
    if (this.#count >= this.#capacity * 2) {
      this.#sort();
      this.through = this.#positions[this.#capacity - 1] as number;
      this.#count = upTo(this.#positions.subarray(0, this.#count), this.through);
    }
    if (this.#count < this.#positions.length) return;
    this.#positions = doubled(this.#positions);
    this.#sequences = doubled(this.#sequences);
  }

  /** Files are in ascending order, unless an inbox was put back or rows came again. */
  #sort(): void {
    if (this.#isSorted) return;
    const positions = this.#positions.slice(0, this.#count);
    const sequences = this.#sequences.slice(0, this.#count);
    const order = Uint32Array.from(positions.keys()).sort(
      (one, other) => (positions[one] as number) - (positions[other] as number),
    );
    for (const [index, from] of order.entries()) {
      this.#positions[index] = positions[from] as number;
      this.#sequences[index] = sequences[from] as number;
    }
    this.#isSorted = true;
  }
}

/** Which rows of one inbox some files hold, from position `from` through `through`; about others it knows nothing. */
export class PositionWindow {
  readonly #from: number;
  readonly #through: number;
  readonly #read: FoundRows;
  /** Rows loaded since the files were read. */
  readonly #loaded = new HeldRows();
  /** Of files that are gone. */
  readonly #shipped: readonly PositionRange[];
  /** How many rows were added since the files were read. */
  added = 0;

  constructor(from: number, found: PositionBuffer, shipped: readonly PositionRange[]) {
    this.#from = from;
    this.#read = found.finish();
    this.#through = found.through;
    this.#shipped = shipped;
  }

  covers(position: number): boolean {
    return this.#from <= position && position <= this.#through;
  }

  add({ position, sequence }: InboxRow): void {
    this.#loaded.add(position, sequence);
    this.added += 1;
  }

  /** True when a file holds the row. */
  holds(row: InboxRow): boolean {
    if (this.#loaded.has(row)) return true;
    const { positions, sequences } = this.#read;
    for (let at = upTo(positions, row.position) - 1; positions[at] === row.position; at -= 1) {
      const sequence = sequences[at] as number;
      if (sequencesAgree(Number.isNaN(sequence) ? undefined : sequence, row.sequence)) return true;
    }
    return false;
  }

  /** True when the row counts as loaded with a file that is gone. */
  isShipped(row: InboxRow): boolean {
    return this.#shipped.some((range) => mayHold(range, row));
  }
}

function doubled(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

/** How many of the ascending numbers are at or below the limit. */
function upTo(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
