import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { UploadFile } from '../api/service.js';
import type { RowEncoder } from '../rows/row-writer.js';

const BUFFER_BYTES = 1024 * 1024;
const LINE_FEED = 10;

/** A file of newline-delimited JSON that a load job reads: row n begins at byte `starts[n]`. */
export interface SpoolFile extends UploadFile {
  readonly starts: Float64Array;
}

/** Rows to write. */
export interface SpoolRows {
  readonly path: string;
  /** Texts of rows in UTF-8, each with a line feed. */
  readonly lines: Uint8Array;
  /** Rows in `lines`. */
  readonly count: number;
  /** Those to write, by their numbers from 0, in this order; undefined: all. */
  readonly numbers: Uint32Array | undefined;
}

export interface SpoolResult {
  readonly file: SpoolFile;
  /** Rows that no job can take, by their place among those that were to be written, with the reason. */
  readonly refused: ReadonlyArray<readonly [place: number, reason: string]>;
}

/**
 * Writes the rows of one load job into a file, from which an upload that is cut is repeated. It is not synced: until the job
 * is done no STATE covers its rows, so after a crash they come again from the tap, and what is left here means nothing.
 */
export async function writeSpool(rows: SpoolRows, encode: RowEncoder): Promise<SpoolResult> {
  await mkdir(dirname(rows.path), { recursive: true, mode: 0o700 }); // it may have been removed since
  const handle = await open(rows.path, 'w', 0o600);
  try {
    return await write(rows, encode, new LineWriter(handle));
  } finally {
    await handle.close();
  }
}

async function write(
  { path, lines, count, numbers }: SpoolRows,
  encode: RowEncoder,
  writer: LineWriter,
): Promise<SpoolResult> {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const begins = lineBegins(text, count);
  const wanted = numbers?.length ?? count;
  const starts = new Float64Array(wanted);
  const refused: Array<readonly [number, string]> = [];
  let taken = 0;
  for (let place = 0; place < wanted; place += 1) {
    const number = numbers === undefined ? place : (numbers[place] as number);
    const begin = begins[number] as number;
    const end = (begins[number + 1] as number) - 1;
    const row = text.toString('utf8', begin, end);
    const encoded = encode.encode(row);
    if ('refused' in encoded) {
      refused.push([place, encoded.refused]);
      continue;
    }
    starts[taken] = writer.size;
    taken += 1;
    const wait = encoded.json === row ? writer.copy(text, begin, end) : writer.add(encoded.json);
    if (wait) await wait;
  }
  await writer.flush();
  return { file: { path, size: writer.size, starts: starts.subarray(0, taken) }, refused };
}

/** Where each line begins, and behind them where a further one would. */
function lineBegins(text: Buffer, count: number): Float64Array {
  const begins = new Float64Array(count + 1);
  let at = 0;
  for (let line = 1; line <= count; line += 1) {
    at = text.indexOf(LINE_FEED, at) + 1;
    begins[line] = at;
  }
  return begins;
}

export async function removeSpool(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Index of the row that a byte lies in. */
export function rowAt({ starts, size }: SpoolFile, byte: number): number | undefined {
  if (byte < 0 || byte >= size) return undefined;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] as number) <= byte) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Collects lines in one buffer that is used again and again. Its methods return a promise when the file has to be waited for. */
class LineWriter {
  /** Bytes so far, with what is not written yet. */
  size = 0;
  readonly #handle: FileHandle;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #used = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  add(line: string): Promise<void> | undefined {
    const most = line.length * 3 + 1; // a UTF-16 code unit takes at most three bytes in UTF-8
    return this.#whenRoom(
      most,
      () => this.#end(this.#buffer.write(line, this.#used)),
      () => Buffer.from(`${line}\n`),
    );
  }

  copy(text: Buffer, begin: number, end: number): Promise<void> | undefined {
    return this.#whenRoom(
      end - begin + 1,
      () => this.#end(text.copy(this.#buffer, this.#used, begin, end)),
      () => text.subarray(begin, end + 1),
    );
  }

  async flush(): Promise<void> {
    await this.#write(this.#buffer, this.#used);
    this.#used = 0;
  }

  #whenRoom(bytes: number, put: () => void, large: () => Buffer): Promise<void> | undefined {
    if (bytes > BUFFER_BYTES) return this.#addLarge(large);
    if (this.#used + bytes > BUFFER_BYTES) return this.flush().then(put);
    put();
    return undefined;
  }

  #end(length: number): void {
    this.#buffer[this.#used + length] = LINE_FEED;
    this.#used += length + 1;
    this.size += length + 1;
  }

  async #addLarge(line: () => Buffer): Promise<void> {
    await this.flush();
    const bytes = line();
    await this.#write(bytes, bytes.length);
    this.size += bytes.length;
  }

  async #write(bytes: Buffer, length: number): Promise<void> {
    for (let offset = 0; offset < length; ) {
      offset += (await this.#handle.write(bytes, offset, length - offset)).bytesWritten;
    }
  }
}
