import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { systemCode } from './errors.js';
import { withoutSecrets } from './visible.js';
import { pause } from './wait.js';

/**
 * Standard error, written without ever waiting for its reader: a pipe that nobody reads is full after 64 KB, and a write that
 * waits would halt the whole program. Text that does not fit waits here. What comes when too much waits is dropped and counted;
 * urgent text takes
 * the place of other text, and the last urgent text that of earlier ones.
 */

/** Bytes that wait at most. */
const MOST_WAITING = 256 * 1024;
/** Bytes that wait at most when urgent text comes: why a program ends must not be lost. */
const MOST_URGENT = 2 * MOST_WAITING;
/** How often a full pipe is tried again, in ms. */
const RETRY_MS = 50;
/** How long the end of a program waits for a reader that reads nothing, in ms. */
export const FLUSH_MS = 500;
/** How long the end of a program waits for a reader that is slow, in ms. */
const LONGEST_FLUSH_MS = 3000;
/** How often the end of a program tries a full pipe again, in ms. */
const FLUSH_RETRY_MS = 10;

/** Writes some of the bytes without waiting, and returns how many. */
export type Put = (bytes: Buffer) => number;

interface Text {
  bytes: Buffer;
  readonly isUrgent: boolean;
  /** A part of it is written. */
  isBegun: boolean;
}

export class StandardError {
  readonly #put: Put;
  readonly #waiting: Text[] = [];
  #bytes = 0;
  #dropped = 0;
  /** `onDropped` runs: what it writes comes first. */
  #isTelling = false;
  #retry: NodeJS.Timeout | undefined;
  /** Called with the number of texts that were dropped: once there is room again, and before urgent text. It may write. */
  onDropped: (count: number) => void = () => {};

  constructor(put: Put) {
    this.#put = put;
  }

  /** Writes text, now or later, without secrets that can be told as such. */
  write(text: string, isUrgent = false): void {
    const bytes = Buffer.from(withoutSecrets(text));
    if (this.#isTelling) {
      this.#putFirst(bytes);
      return;
    }
    if (isUrgent) this.#makeRoom(bytes.length);
    if (this.#bytes + bytes.length > (isUrgent ? MOST_URGENT : MOST_WAITING)) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({ bytes, isUrgent, isBegun: false });
    this.#bytes += bytes.length;
    this.#putWaiting();
  }

  /** Resolves when everything is written, when the reader has read nothing for a while, or after `longestMs`. */
  async flush(longestMs = LONGEST_FLUSH_MS): Promise<void> {
    let before = this.#bytes;
    let idle = 0;
    for (let waited = 0; this.#bytes > 0 && waited < longestMs; waited += FLUSH_RETRY_MS) {
      await pause(FLUSH_RETRY_MS);
      this.#putWaiting();
      idle = this.#bytes < before ? 0 : idle + FLUSH_RETRY_MS;
      before = this.#bytes;
      if (idle >= FLUSH_MS) return;
    }
  }

  /** Drops what is not urgent, then what is, the newest first. The first text stays: a part of it may be written. */
  #makeRoom(bytes: number): void {
    for (const isUrgent of [false, true]) {
      for (let at = this.#waiting.length - 1; at > 0 && this.#bytes + bytes > MOST_URGENT; at -= 1) {
        const text = this.#waiting[at] as Text;
        if (text.isUrgent !== isUrgent) continue;
        this.#waiting.splice(at, 1);
        this.#bytes -= text.bytes.length;
        this.#dropped += 1;
      }
    }
  }

  #putWaiting(): void {
    clearTimeout(this.#retry);
    do {
      if (!this.#putTexts()) {
        this.#retry = setTimeout(() => this.#putWaiting(), RETRY_MS).unref();
        return;
      }
      this.#sayDropped();
    } while (this.#bytes > 0);
  }

  /** @returns false when the pipe is full. */
  #putTexts(): boolean {
    while (this.#bytes > 0) {
      const [first] = this.#waiting as [Text];
      if (first.isUrgent && !first.isBegun && this.#sayDropped()) continue;
      const taken = this.#put(first.bytes);
      this.#bytes -= taken;
      if (taken < first.bytes.length) {
        first.isBegun ||= taken > 0;
        first.bytes = first.bytes.subarray(taken);
        return false;
      }
      this.#waiting.shift();
    }
    return true;
  }

  /** @returns true when there was something to say: it is the first text that waits. */
  #sayDropped(): boolean {
    const dropped = this.#dropped;
    if (dropped === 0) return false;
    this.#dropped = 0;
    this.#isTelling = true;
    try {
      this.onDropped(dropped);
    } finally {
      this.#isTelling = false;
    }
    return true;
  }

  #putFirst(bytes: Buffer): void {
    this.#waiting.unshift({ bytes, isUrgent: true, isBegun: true });
    this.#bytes += bytes.length;
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
