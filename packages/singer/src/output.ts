import { once } from 'node:events';
import { outputUnread, pipeClosed } from './errors.js';
import { within } from './wait.js';

/** How long a program keeps reading and writing after it is told to stop, in ms: a container is killed after 10 s. */
export const STOP_WITHIN_MS = 8000;
/** How long to wait for output that is written when time is already up, in ms: enough for a reader that does read. */
const GRACE_MS = 1000;

/**
 * Waits until output has been read; once `late` has aborted, only for a short while.
 * @param late aborts when a program that was told to stop has used up its time.
 * @throws ToolkitError `output_unread`, exit 6; or what `written` is rejected with.
 */
export function unlessLate(written: Promise<void>, late: AbortSignal): Promise<void> {
  return within(written, late.aborted ? GRACE_MS : late, outputUnread);
}

/**
 * Writes to standard output; nothing else does. It handles two problems: a writer that ignores `write() === false` keeps
 * everything in memory, and only an event tells that the reader is gone.
 */
export class Output {
  readonly #stream: NodeJS.WritableStream;
  readonly #closed = new AbortController();
  /** Pending while the stream is full. All writes in that time share it. */
  #last: Promise<void> = Promise.resolve();
  #full = false;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    // For example EPIPE: the reader is gone, and nothing that is written from now on arrives.
    stream.on('error', () => this.#closed.abort());
    stream.on('close', () => this.#closed.abort());
  }

  /** Aborts when the reader of this output is gone. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * Writes lines in the order of the calls. `line` may be several lines, joined by line ends; the last line end is added.
   * Resolves once the stream takes more, so a caller that awaits it keeps memory flat, however slow the reader is.
   * @throws ToolkitError `pipe_closed`, exit 6.
   */
  write(line: string): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.reject(pipeClosed());
    const takesMore = this.#stream.write(`${line}\n`);
    if (!takesMore && !this.#full) {
      this.#last = this.#drained();
      this.#last.catch(() => {}); // a caller need not await it
    }
    return this.#last;
  }

  /**
   * Resolves when everything written has been handed to the operating system.
   * @throws ToolkitError `pipe_closed`, exit 6.
   */
  async end(): Promise<void> {
    if (this.#closed.signal.aborted) throw pipeClosed();
    await new Promise<void>((resolve, reject) => {
      const gone = () => reject(pipeClosed());
      this.#closed.signal.addEventListener('abort', gone, { once: true });
      this.#stream.write('', (failed) => {
        this.#closed.signal.removeEventListener('abort', gone);
        failed ? gone() : resolve(); // this callback runs before the stream's own event
      });
    });
  }

  async #drained(): Promise<void> {
    this.#full = true;
    try {
      await once(this.#stream, 'drain', { signal: this.#closed.signal });
    } catch {
      throw pipeClosed();
    } finally {
      this.#full = false;
    }
  }
}
