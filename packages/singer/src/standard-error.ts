import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { systemCode } from './errors.js';
import { pause } from './wait.js';

/**
 * Standard error, written without ever waiting for its reader: a pipe that nobody reads is full after 64 KB, and a write that
 * waits would halt the whole program. Text that does not fit waits here. What comes when too much waits is dropped and counted.
 */

/** Bytes that wait at most. */
const MOST_WAITING = 256 * 1024;
/** Bytes that wait at most when urgent text comes: why a program ends must not be lost. */
const MOST_URGENT = 2 * MOST_WAITING;
/** How often a full pipe is tried again, in ms. */
const RETRY_MS = 50;
/** How long the end of a program waits for the reader, in ms. */
const FLUSH_MS = 500;

/** Writes some of the bytes without waiting, and returns how many. */
export type Put = (bytes: Buffer) => number;

export class StandardError {
  readonly #put: Put;
  readonly #waiting: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;
  #retry: NodeJS.Timeout | undefined;
  /** Called with the number of texts that were dropped, once there is room again. It may write. */
  onDropped: (count: number) => void = () => {};

  constructor(put: Put) {
    this.#put = put;
  }

  /** Writes text, now or later. */
  write(text: string, isUrgent = false): void {
    const bytes = Buffer.from(text);
    if (this.#bytes + bytes.length > (isUrgent ? MOST_URGENT : MOST_WAITING)) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    this.#putWaiting();
  }

  /** Resolves when everything is written, or after a while. */
  async flush(): Promise<void> {
    for (let waited = 0; this.#bytes > 0 && waited < FLUSH_MS; waited += RETRY_MS) {
      await pause(RETRY_MS);
      this.#putWaiting();
    }
  }

  #putWaiting(): void {
    clearTimeout(this.#retry);
    while (this.#bytes > 0) {
      const first = this.#waiting[0] as Buffer;
      const taken = this.#put(first);
      this.#bytes -= taken;
      if (taken < first.length) {
        this.#waiting[0] = first.subarray(taken);
        this.#retry = setTimeout(() => this.#putWaiting(), RETRY_MS).unref();
        return;
      }
      this.#waiting.shift();
    }
    this.#sayDropped();
  }

  #sayDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.onDropped(dropped);
  }
}

/** Standard error of this process. */
export const standardError = new StandardError(putTo(2));

/**
 * A pipe or a terminal is opened once more: to set `O_NONBLOCK` on what was inherited would set it for every program that has
 * the same standard error. A file never lets wait. A socket cannot be opened again, and Node writes it without waiting.
 */
function putTo(descriptor: number): Put {
  // With `bigint`, as in output-file.ts.
  const stat = fstatSync(descriptor, { bigint: true });
  if (stat.isFile()) return putInto(descriptor);
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return putInto(openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY));
  } catch {
    return putInStream();
  }
}

function putInto(descriptor: number): Put {
  return (bytes) => {
    try {
      return writeSync(descriptor, bytes);
    } catch (cause) {
      // When the reader is gone or the disk is full, nobody misses the text.
      return systemCode(cause) === 'EAGAIN' ? 0 : bytes.length;
    }
  };
}

function putInStream(): Put {
  const { stderr } = process;
  stderr.on('error', () => {}); // the reader is gone: no reason to stop taking webhooks
  return (bytes) => {
    if (stderr.writableLength > 0) return 0;
    stderr.write(bytes);
    return bytes.length;
  };
}
