import type { Batch, BatchRow } from '@tap-webhooks/target-core';
import type { CutRequest, CutRows } from '../encode/cut-rows.js';
import { linesFor, type RowLines } from '../encode/lines.js';
import type { Tally } from '../jobs/job.js';

/** Rows that go in one request, in the wire format. */
export interface RequestRows {
  readonly rows: readonly BatchRow[];
  readonly serialized: readonly Uint8Array[];
  /** Of `serialized`. */
  readonly bytes: number;
}

/** Rows of which the requests come one by one. */
export interface RequestSource {
  /** @returns undefined at the end, and before rows that are too large for a request: these have to be taken first. */
  next(): Promise<RequestRows | undefined>;
  /** Rows that are in no request yet. */
  readonly rest: readonly BatchRow[];
}

/** Bytes of rows that are cut together, at most. */
const SLICE_BYTES = 1024 * 1024;
/** Slices that are handed over before the first of them is cut, so that the thread never waits. */
const SLICES_AHEAD = 4;

/** Rows that come next, with what they became. */
interface Slice {
  readonly rows: readonly BatchRow[];
  readonly cut: Promise<CutRows>;
}

/** The requests for some rows of a batch. Rows are cut some slices ahead of what the caller needs. */
export class BatchRequests implements RequestSource {
  readonly #tally: Tally;
  readonly #slices: Iterator<Slice, undefined>;
  readonly #ahead: Slice[] = [];
  #parts: Array<RequestRows | BatchRow> = [];
  /** Rows of slices that were not cut yet. */
  #uncut: readonly BatchRow[];

  /**
   * @param cut cuts lines into requests.
   * @param tally takes the rows that no request can take.
   */
  constructor(
    batch: Batch,
    rows: readonly BatchRow[],
    cut: (lines: RowLines) => Promise<CutRows>,
    tally: Tally,
  ) {
    this.#tally = tally;
    this.#uncut = rows;
    this.#slices = slicesOf(batch, rows, cut);
  }

  get rest(): readonly BatchRow[] {
    return [...this.#parts.flatMap((part) => ('serialized' in part ? part.rows : [part])), ...this.#uncut];
  }

  async next(): Promise<RequestRows | undefined> {
    while (this.#parts.length === 0) if (!(await this.#more())) return undefined;
    const [part] = this.#parts;
    if (part === undefined || !('serialized' in part)) return undefined;
    this.#parts.shift();
    return part;
  }

  /** Takes the rows that come next and are too large for a request. Empty: all rows are taken. */
  takeLarge(): readonly BatchRow[] {
    const end = this.#parts.findIndex((part) => 'serialized' in part);
    return this.#parts.splice(0, end === -1 ? this.#parts.length : end) as BatchRow[];
  }

  #handOver(): void {
    while (this.#ahead.length < SLICES_AHEAD) {
      const slice = this.#slices.next().value;
      if (slice === undefined) return;
      slice.cut.catch(() => {}); // one that is never asked for may fail
      this.#ahead.push(slice);
    }
  }

  /** @returns false at the end. */
  async #more(): Promise<boolean> {
    this.#handOver();
    const slice = this.#ahead.shift();
    if (slice === undefined) return false;
    const cut = await slice.cut;
    this.#handOver();
    this.#uncut = this.#uncut.slice(slice.rows.length);
    for (const [index, reason] of cut.refused)
      this.#tally.refused.push({ row: slice.rows[index] as BatchRow, reason });
    this.#parts.push(...cut.parts.map((part) => partOf(part, slice.rows)));
    return true;
  }
}

function partOf(part: CutRequest | number, rows: readonly BatchRow[]): RequestRows | BatchRow {
  if (typeof part === 'number') return rows[part] as BatchRow;
  const { indexes, ends, bytes } = part;
  const serialized = Array.from(ends, (end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
  return { rows: Array.from(indexes, (index) => rows[index] as BatchRow), serialized, bytes: bytes.length };
}

/** Cuts the rows in slices of about the same size. */
function* slicesOf(
  batch: Batch,
  rows: readonly BatchRow[],
  cut: (lines: RowLines) => Promise<CutRows>,
): Generator<Slice, undefined> {
  const bytes = (batch.lines.byteLength / Math.max(1, batch.rows.length)) * rows.length;
  const count = Math.ceil(rows.length / Math.max(1, Math.ceil(bytes / SLICE_BYTES)));
  for (let from = 0; from < rows.length; from += count) {
    const slice = rows.slice(from, from + count);
    yield { rows: slice, cut: cut(linesFor(batch, slice)) };
  }
}
