import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';

/** Returns whether a descriptor is a file or a device without a reader, such as `/dev/null`, and no pipe, socket or terminal. */
export function isFile(descriptor: number): boolean {
  // Without `bigint`, Node 20 keeps the numbers of a pipe where its import of modules looks, which then follows no links.
  const stat = fstatSync(descriptor, { bigint: true });
  return stat.isFile() || (stat.isCharacterDevice() && !isatty(descriptor));
}

/**
 * Returns a stream that writes to an open file. In contrast to Node's own, it writes all of its bytes or fails, and a failed
 * write leaves no part of a line. A file whose last line has no end, since a crash or a full disk tore it, gets one first.
 */
export function fileStream(descriptor: number): Writable {
  let isBegun = false;
  return new Writable({
    write(bytes: Buffer, _, done) {
      try {
        if (!isBegun && bytes.length > 0) {
          isBegun = true;
          if (endsInsideLine(descriptor)) writeWhole(descriptor, Buffer.from('\n'));
        }
        writeWhole(descriptor, bytes);
        done();
      } catch (cause) {
        done(cause as Error);
      }
    },
  });
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  const before = fstatSync(descriptor);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  } catch (cause) {
    if (written > 0 && before.isFile()) cutBack(descriptor, before.size, written);
    throw cause;
  }
}

/** Removes what was written of an unfinished line, unless another program wrote to the file as well. */
function cutBack(descriptor: number, size: number, written: number): void {
  try {
    if (fstatSync(descriptor).size === size + written) ftruncateSync(descriptor, size);
  } catch {
    // The next run begins with a line end.
  }
}

const LINE_FEED = 0x0a;

function endsInsideLine(descriptor: number): boolean {
  const stat = fstatSync(descriptor);
  if (!stat.isFile() || stat.size === 0) return false;
  const last = Buffer.alloc(1);
  try {
    // What `>>` opened cannot be read, so the file is opened again.
    const again = openSync(`/proc/self/fd/${descriptor}`, 'r');
    try {
      readSync(again, last, 0, 1, stat.size - 1);
    } finally {
      closeSync(again);
    }
  } catch {
    return true; // it cannot be read: an empty line does no harm, half a line does
  }
  return last[0] !== LINE_FEED;
}
