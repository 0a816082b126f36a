import { isAscii } from 'node:buffer';
import type { Row } from '@tap-webhooks/target-core';
import type { PlanInput, TablePlan } from '../columns/plan.js';
import type { BatchContext, Tally } from '../jobs/job.js';
import type { BatchRows } from '../jobs/order.js';
import type { TargetTable } from '../table/table.js';
import {
  type CutRequest,
  type CutRows,
  cutRows,
  REQUEST_BYTES,
  type RowFormat,
  rowFormat,
} from './cut-rows.js';
import type { RowCutter } from './row-cutter.js';

const LINE_FEED = 10;
/** Lines that are read as one text, which is faster; it lives as long as a part of it does. */
const GROUP = 64;

/** Some rows of a batch, with the part of the batch that they stand in. */
export interface RowSlice {
  readonly rows: readonly Row[];
  readonly lines: Uint8Array;
  /** Lines of the rows in it, from 0. */
  readonly numbers: Uint32Array;
}

/** Cuts rows of a batch into parts of about so many bytes. */
export function* rowSlices(
  batch: BatchRows,
  rows: readonly Row[],
  bytes: number,
): Generator<RowSlice, undefined> {
  const begins = lineBegins(batch);
  const numbers = batch.numbersOf(rows) ?? Uint32Array.from(rows, (_, index) => index);
  const count = Math.max(1, Math.floor((bytes * batch.count) / Math.max(1, batch.lines.byteLength)));
  for (let from = 0; from < rows.length; from += count) {
    const own = numbers.slice(from, from + count);
    const first = own.reduce((least, number) => Math.min(least, number));
    const last = own.reduce((most, number) => Math.max(most, number));
    yield {
      rows: rows.slice(from, from + count),
      lines: batch.lines.subarray(begins[first], begins[last + 1]),
      numbers: own.map((number) => number - first),
    };
  }
}

/** Texts of some lines. */
export function* textsOf(lines: Uint8Array, numbers: Uint32Array): Generator<string, undefined> {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const count = numbers.reduce((most, number) => Math.max(most, number), -1) + 1;
  const begins = lineBegins({ lines, count });
  const at = (line: number) => begins[Math.min(line, count)] as number;
  let first = 0;
  let text: string | undefined;
  for (const number of numbers) {
    if (text === undefined || number < first || number >= first + GROUP) {
      first = number;
      text = asciiOf(bytes.subarray(at(first), at(first + GROUP)));
    }
    const [begin, end] = [at(number), at(number + 1) - 1];
    yield text?.slice(begin - at(first), end - at(first)) ?? bytes.toString('utf8', begin, end);
  }
}

/** @returns undefined where a byte is not always a character. */
function asciiOf(bytes: Buffer): string | undefined {
  return isAscii(bytes) ? bytes.toString('latin1') : undefined;
}

/** Where each line begins, and behind them where a further one would. */
function lineBegins({ lines, count }: { readonly lines: Uint8Array; readonly count: number }): Float64Array {
  const begins = new Float64Array(count + 1);
  let at = 0;
  for (let line = 1; line <= count; line += 1) {
    at = lines.indexOf(LINE_FEED, at) + 1;
    begins[line] = at;
  }
  return begins;
}

/** The format of a table's rows, and what a thread makes the same one from. */
export interface TableFormat extends RowFormat {
  readonly input: PlanInput;
  readonly maxRequestBytes: number;
}

/** The format of rows, made anew when the plan of the table changes. */
export class TableFormats {
  readonly #maxRequestBytes: number;
  #last: { readonly plan: TablePlan; readonly format: TableFormat } | undefined;

  /** @param maxRequestBytes limit of a request. */
  constructor(maxRequestBytes = REQUEST_BYTES) {
    this.#maxRequestBytes = maxRequestBytes;
  }

  of({ plan, planInput }: TargetTable): TableFormat {
    if (this.#last?.plan !== plan) {
      const maxRequestBytes = this.#maxRequestBytes;
      const format = { ...rowFormat(plan, maxRequestBytes), input: planInput, maxRequestBytes };
      this.#last = { plan, format };
    }
    return this.#last.format;
  }
}

/** Rows that go in one request, and what stands for them in it. */
export interface RequestRows {
  readonly rows: readonly Row[];
  readonly serialized: readonly Uint8Array[];
  /** Of `serialized`. */
  readonly bytes: number;
}

/** Rows of which the requests come one by one. */
export interface RequestSource {
  /** @returns undefined at the end, and where rows stand that are too large: these have to be taken first. */
  next(): Promise<RequestRows | undefined>;
  /** Rows that are in no request yet. */
  readonly rest: readonly Row[];
}

/** Rows that are cut together. */
const SLICE_BYTES = 1024 * 1024;
/** Slices that are handed over before the first of them is cut, so that the thread does not wait for this one. */
const SLICES_AHEAD = 4;
/** Fewer bytes are cut on the spot: they take less time than to hand them over. */
const FEW_BYTES = 256 * 1024;

/** Rows that are known to come next, with what they became. */
interface Slice {
  readonly rows: readonly Row[];
  readonly cut: Promise<CutRows>;
}

/** Cuts rows of a batch into requests, some slices ahead of what is asked for. */
export class BatchRequests implements RequestSource {
  readonly #tally: Tally;
  readonly #slices: Iterator<Slice, undefined>;
  readonly #ahead: Slice[] = [];
  #parts: Array<RequestRows | Row> = [];
  /** Rows of slices that were not cut yet. */
  #uncut: readonly Row[];

  /** @param tally takes the rows that no request can take. */
  constructor(
    rows: readonly Row[],
    context: BatchContext,
    format: TableFormat,
    cutter: RowCutter,
    tally: Tally,
  ) {
    this.#tally = tally;
    this.#uncut = rows;
    this.#slices = isFew(rows, context) ? onTheSpot(rows, format) : inThread(rows, context, format, cutter);
  }

  get rest(): readonly Row[] {
    return [...this.#parts.flatMap((part) => ('serialized' in part ? part.rows : [part])), ...this.#uncut];
  }

  async next(): Promise<RequestRows | undefined> {
    while (this.#parts.length === 0) if (!(await this.#more())) return undefined;
    const [part] = this.#parts;
    if (part === undefined || !('serialized' in part)) return undefined;
    this.#parts.shift();
    return part;
  }

  /** Takes the rows, one behind the other, that are too large for a request and come next. Empty: all rows are taken. */
  takeLarge(): readonly Row[] {
    const end = this.#parts.findIndex((part) => 'serialized' in part);
    return this.#parts.splice(0, end === -1 ? this.#parts.length : end) as Row[];
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
    for (const [place, reason] of cut.refused)
      this.#tally.refused.push({ row: slice.rows[place] as Row, reason });
    this.#parts.push(...cut.parts.map((part) => partOf(part, slice.rows)));
    return true;
  }
}

function partOf(part: CutRequest | number, rows: readonly Row[]): RequestRows | Row {
  if (typeof part === 'number') return rows[part] as Row;
  const { places, ends, bytes } = part;
  const serialized = Array.from(ends, (end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
  return { rows: Array.from(places, (place) => rows[place] as Row), serialized, bytes: bytes.length };
}

function isFew(rows: readonly Row[], { batch }: BatchContext): boolean {
  return (batch.lines.byteLength / Math.max(1, batch.count)) * rows.length <= FEW_BYTES;
}

function* onTheSpot(rows: readonly Row[], format: RowFormat): Generator<Slice, undefined> {
  const texts = rows.map(({ text }) => text);
  yield { rows, cut: Promise.resolve().then(() => cutRows(texts, format, format)) };
}

function* inThread(
  rows: readonly Row[],
  { batch, table }: BatchContext,
  { input: plan, maxRequestBytes: requestBytes }: TableFormat,
  cutter: RowCutter,
): Generator<Slice, undefined> {
  const name = `${table.ref.dataset}.${table.ref.table}`;
  for (const slice of rowSlices(batch, rows, SLICE_BYTES)) {
    const { lines, numbers } = slice;
    yield { rows: slice.rows, cut: cutter.cut({ lines, numbers, table: name, plan, requestBytes }) };
  }
}
