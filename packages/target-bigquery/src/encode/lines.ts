import { isAscii } from 'node:buffer';
import { type Batch, type BatchRow, linesOf } from '@tap-webhooks/target-core';

/** Texts of rows in UTF-8, each with a line feed. */
export interface RowLines {
  readonly bytes: Uint8Array;
  /** Where each line begins, and at the end the length of `bytes`. */
  readonly starts: Uint32Array;
}

/** The lines of some rows of a batch, in the order given. Those of the whole batch are not copied. */
export function linesFor(batch: Batch, rows: readonly BatchRow[]): RowLines {
  const isWhole = rows.length === batch.rows.length && rows.every((row, index) => row.index === index);
  if (isWhole) return { bytes: batch.lines, starts: batch.starts };
  const starts = new Uint32Array(rows.length + 1);
  for (const [line, { index }] of rows.entries()) {
    const length = (batch.starts[index + 1] as number) - (batch.starts[index] as number);
    starts[line + 1] = (starts[line] as number) + length;
  }
  return { bytes: linesOf(batch, rows), starts };
}

/** Lines that are decoded as one text, which is faster; it lives as long as a part of it does. */
const GROUP = 64;

/** The texts of lines, without their line feeds. */
export function* textsOf({ bytes, starts }: RowLines): Generator<string, undefined> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = starts.length - 1;
  for (let first = 0; first < count; first += GROUP) {
    const next = Math.min(first + GROUP, count);
    const base = starts[first] as number;
    const text = asciiOf(buffer.subarray(base, starts[next]));
    for (let line = first; line < next; line += 1) {
      const begin = starts[line] as number;
      const end = (starts[line + 1] as number) - 1;
      yield text?.slice(begin - base, end - base) ?? buffer.toString('utf8', begin, end);
    }
  }
}

/** @returns undefined where a byte is not always a character. */
function asciiOf(bytes: Buffer): string | undefined {
  return isAscii(bytes) ? bytes.toString('latin1') : undefined;
}
