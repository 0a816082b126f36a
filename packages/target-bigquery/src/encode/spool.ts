import { type FileHandle, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, openOwn } from '@tap-webhooks/singer';
import type { UploadFile } from '../api/service.js';
import type { Diverted } from '../rows/diverted.js';
import type { RowEncoder } from '../rows/row-encoder.js';
import type { RowLines } from './lines.js';

const BUFFER_BYTES = 1024 * 1024;
const LINE_FEED = 10;

/** A file of newline-delimited JSON that a load job reads: row n begins at byte `starts[n]`. */
export interface SpoolFile extends UploadFile {
  readonly starts: Float64Array;
}

export interface SpoolResult {
  readonly file: SpoolFile;
  /** Rows that no job can take, by their index among the lines, with the reason. */
  readonly refused: ReadonlyArray<readonly [index: number, reason: string]>;
  /** Lines that are in the file or refused, from the first; the file was full after them when there are more. */
  readonly taken: number;
  /** Values of the rows in the file that the columns of their fields do not hold. */
  readonly diverted: readonly Diverted[];
}

/** Most bytes of a file, since a file is one request. Only a single row may be larger. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Writes rows into the file of one load job. The file is not synced: until the job is done no STATE covers its rows, so after
 * a crash the tap sends them again, and what is left here means nothing.
 */
export async function writeSpool(lines: RowLines, encode: RowEncoder, path: string): Promise<SpoolResult> {
  await makeFolder(dirname(path), { mode: 0o700 }); // it may have been removed since
  const handle = await openOwn(path, 'w');
  try {
    return await write(lines, encode, path, new LineWriter(handle));
  } catch (cause) {
    encode.takeDiverted(); // the rows are encoded again
    throw cause;
  } finally {
    await handle.close();
  }
}

async function write(
  { bytes, starts: begins }: RowLines,
  encode: RowEncoder,
  path: string,
  writer: LineWriter,
): Promise<SpoolResult> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = begins.length - 1;
  const starts = new Float64Array(count);
  const refused: Array<readonly [number, string]> = [];
  let rows = 0;
  let taken = 0;
  for (; taken < count; taken += 1) {
    const begin = begins[taken] as number;
    const end = (begins[taken + 1] as number) - 1;
    const row = text.toString('utf8', begin, end);
    const encoded = encode.encode(row);
    if ('refused' in encoded) {
      refused.push([taken, encoded.refused]);
      continue;
    }
    const isCopy = encoded.json === row;
    if (rows > 0 && writer.size + (isCopy ? end - begin : encoded.json.length) >= MOST_BYTES) {
      encode.uncount(); // the row is encoded again, for the next file
      break;
    }
    starts[rows] = writer.size;
    rows += 1;
    const wait = isCopy ? writer.copy(text, begin, end) : writer.add(encoded.json);
    if (wait) await wait;
  }
  await writer.flush();
  return {
    file: { path, size: writer.size, starts: starts.subarray(0, rows) },
    refused,
    taken,
    diverted: encode.takeDiverted(),
  };
}

export async function removeSpool(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Index of the row that a byte belongs to. */
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

/** Collects lines in one buffer that is reused. Its methods return a promise when the file has to be waited for. */
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
