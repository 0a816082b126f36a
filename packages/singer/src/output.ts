import { once } from 'node:events';
import { outputUnread, outputUnwritable, pipeClosed, systemFailure, type ToolkitError } from './errors.js';
import { within } from './wait.js';

/** How long a program keeps reading and writing after it is told to stop, in ms: a container is killed after 10 s. */
export const STOP_WITHIN_MS = 8000;
/** How long to wait for output that is written when time is already up, in ms: enough for a reader that does read. */
const GRACE_MS = 1000;
/** When a program that was told to stop ends at the latest, in ms, whatever it still waits for. */
export const END_WITHIN_MS = STOP_WITHIN_MS + GRACE_MS;

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
  readonly #late: AbortSignal;
  readonly #closed = new AbortController();
  #failure: ToolkitError = pipeClosed();
  /** Pending while the stream is full. All writes in that time share it. */
  #last: Promise<void> = Promise.resolve();
  #full = false;

  /** @param late aborts when a reader that does not read is not waited for any longer. */
  constructor(stream: NodeJS.WritableStream, late: AbortSignal = new AbortController().signal) {
    this.#stream = stream;
    this.#late = late;
    stream.on('error', (cause) => this.#close(failureOf(cause)));
    stream.on('close', () => this.#close(pipeClosed()));
  }

  /** Aborts when the reader of this output is gone, or its file cannot be written. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * Writes lines in the order of the calls. `line` may be several lines, joined by line ends; the last line end is added.
   * Resolves once the stream takes more, so a caller that awaits it keeps memory flat, however slow the reader is.
   * @throws ToolkitError `pipe_closed` or, late, `output_unread`, exit 6; `output_unwritable`, exit 7.
   */
  write(line: string): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.reject(this.#failure);
    const takesMore = this.#stream.write(`${line}\n`);
    if (!takesMore && !this.#full) {
      this.#last = this.#drained();
      this.#last.catch(() => {}); // a caller need not await it
    }
    return this.#last;
  }

  /**
   * Resolves when everything written has been handed to the operating system.
   * @throws ToolkitError as `write` does.
   */
  async end(): Promise<void> {
    if (this.#closed.signal.aborted) throw this.#failure;
    const handedOver = new Promise<void>((resolve, reject) => {
      const gone = () => reject(this.#failure);
      this.#closed.signal.addEventListener('abort', gone, { once: true });
      this.#stream.write('', (cause) => {
        this.#closed.signal.removeEventListener('abort', gone);
        if (cause)
          reject(failureOf(cause)); // this callback runs before the stream's own event
        else resolve();
      });
    });
    await unlessLate(handedOver, this.#late);
  }

  #close(failure: ToolkitError): void {
    if (this.#closed.signal.aborted) return;
    this.#failure = failure;
    this.#closed.abort();
  }

  async #drained(): Promise<void> {
    this.#full = true;
    const drained = once(this.#stream, 'drain', { signal: this.#closed.signal }).then(
      () => {},
      () => Promise.reject(this.#failure),
    );
    try {
      await unlessLate(drained, this.#late);
    } finally {
      this.#full = false;
    }
  }
}

/** A reader that is gone closes its pipe or socket; anything else is a file that cannot be written. */
function failureOf(cause: unknown): ToolkitError {
  return systemFailure(cause) === undefined ? pipeClosed() : outputUnwritable(cause);
}
