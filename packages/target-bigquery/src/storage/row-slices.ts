import { isAscii } from 'node:buffer';
import type { Row } from '@tap-webhooks/target-core';
import type { BatchRows } from '../load/batch-rows.js';

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
