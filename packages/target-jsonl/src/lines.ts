import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { identityOf, type JsonObject, type RowIdentity } from '@tap-webhooks/singer';

/** One line of a file, as bytes and without its line end. */
export interface Line {
  readonly bytes: Buffer;
  /** Offset after the line and its line end, counted from where reading began. */
  readonly end: number;
  /** False for a last line without a line end. */
  readonly ended: boolean;
}

const LINE_FEED = 10;

/** The plain bytes of a file from `start` on. A file whose name ends in `.gz` is unpacked (`start` must be 0 then). */
export function readPlain(path: string, start = 0): Readable {
  const file = createReadStream(path, { start, highWaterMark: 256 * 1024 });
  if (!path.endsWith('.gz')) return file;
  const plain = createGunzip({ chunkSize: 256 * 1024 });
  // On a failure pipeline destroys both streams, and the reader's iteration throws it.
  pipeline(file, plain, () => {});
  return plain;
}

/** Yields the lines of a file one by one; memory is bounded by the longest line. */
export async function* linesOf(source: Readable): AsyncGenerator<Line> {
  const held: Buffer[] = [];
  let end = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      held.push(chunk.subarray(from, at));
      const bytes = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
      held.length = 0;
      end += bytes.length + 1;
      from = at + 1;
      yield { bytes, end, ended: true };
    }
    if (from < chunk.length) held.push(chunk.subarray(from));
  }
  if (held.length > 0) {
    const bytes = Buffer.concat(held);
    yield { bytes, end: end + bytes.length, ended: false };
  }
}

/** Tells whether a line of a file is a whole row, and which one. */
export function readRow(line: Buffer): { whole: boolean; identity: RowIdentity | undefined } {
  let row: JsonObject | null;
  try {
    row = JSON.parse(line.toString('utf8'));
  } catch {
    return { whole: false, identity: undefined };
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    return { whole: false, identity: undefined };
  return { whole: true, identity: identityOf(row) };
}
