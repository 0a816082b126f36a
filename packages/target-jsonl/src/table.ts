import { makeFolder, type ToolkitError } from '@tap-webhooks/singer';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import type { Batch, Row } from '@tap-webhooks/target-core';
import { tableLocked, tableUnwritable } from './errors.js';
import { LoadedPositions } from './positions.js';
import { recover } from './recovery.js';
import { RowBuffer } from './row-buffer.js';
import { type CurrentFile, TableFiles } from './table-files.js';
import type { TablePlace } from './table-place.js';
import { Turns } from './turns.js';

/** `setTimeout` takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One table on disk: locked by this process, appended to by one load at a time. */
export class Table {
  readonly #place: TablePlace;
  readonly #lock: Lock;
  readonly #turns: Turns;
  readonly #files: TableFiles;
  readonly #buffer = new RowBuffer();
  #positions: LoadedPositions;
  #timer: NodeJS.Timeout | undefined;
  #failure: ToolkitError | undefined;
  #isSaved = true;

  private constructor(place: TablePlace, lock: Lock, turns: Turns, files: TableFiles) {
    this.#place = place;
    this.#lock = lock;
    this.#turns = turns;
    this.#files = files;
    this.#positions = this.#readPositions();
  }

  /** @throws ToolkitError exit 4 when another process has it, 3 when the folder cannot be used. */
  static async open(place: TablePlace): Promise<Table> {
    const { paths, stream } = place;
    let lock: Lock | undefined;
    try {
      await makeFolder(paths.folder);
      lock = await acquireLock(paths.lock);
      if (lock === undefined) throw tableLocked(stream, paths.lock);
      const turns = new Turns();
      const files = new TableFiles(place, turns, await recover(place));
      await files.resume();
      const table = new Table(place, lock, turns, files);
      table.#armTimer();
      return table;
    } catch (cause) {
      lock?.release();
      throw tableUnwritable(stream, paths.folder, cause);
    }
  }

  /**
   * Appends the rows that the table does not hold yet; they are durable when it resolves.
   * @returns how many those were.
   */
  load({ rows, lines }: Batch): Promise<number> {
    return this.#turns.take(async () => {
      if (this.#failure) throw this.#failure;
      try {
        if (await this.#files.wereChanged()) this.#positions = this.#readPositions();
        if (this.#isDue()) await this.#files.rotate();
        const missing = await this.#positions.missing(rows);
        if (missing.length === rows.length && this.#place.config.rotate_bytes === undefined) {
          await this.#appendAll(rows, lines);
        } else await this.#append(missing);
        return missing.length;
      } catch (cause) {
        throw await this.#fail(cause);
      }
    });
  }

  /** Notes what is loaded, waits for what is being compressed, lets go of the lock. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#turns.take(async () => {
        await this.#files.close();
        if (!this.#failure && !this.#isSaved) await this.#files.save();
      });
      await this.#files.settled;
    } catch (cause) {
      throw this.#unwritable(cause);
    } finally {
      this.#lock.release();
    }
  }

  #readPositions(): LoadedPositions {
    return new LoadedPositions(this.#place.paths.folder, () => this.#files.manifest.files);
  }

  /** The usual case: nothing is there yet, and no file can become too long. */
  async #appendAll(rows: readonly Row[], lines: Uint8Array): Promise<void> {
    const current = await this.#files.current();
    await current.end.write(lines);
    await this.#sync(rows, current);
    this.#armTimer();
  }

  async #append(rows: readonly Row[]): Promise<void> {
    const { rotate_bytes: limit = Number.POSITIVE_INFINITY } = this.#place.config;
    for (let from = 0; from < rows.length; ) {
      const current = await this.#files.current();
      const { end } = current;
      const begin = from;
      while (from < rows.length && end.length < limit) {
        const { bytes, length, next } = this.#buffer.fill(rows, from, limit - end.length);
        await end.write(bytes, length);
        from = next;
      }
      await this.#sync(rows.slice(begin, from), current);
      if (end.length >= limit) await this.#files.rotate();
    }
    this.#armTimer();
  }

  async #sync(rows: readonly Row[], { entry, end }: CurrentFile): Promise<void> {
    await end.sync();
    entry.bytes = end.length;
    this.#positions.loaded(rows, entry);
    this.#isSaved = false;
  }

  /** Nothing is loaded into the table any more: what failed may have left bytes that nobody can be sure of. */
  async #fail(cause: unknown): Promise<ToolkitError> {
    this.#failure = this.#unwritable(cause);
    await this.#files.takeBack().catch(({ code }: NodeJS.ErrnoException) => {
      this.#place.log.warn(
        { stream: this.#place.stream, reason: code },
        'unfinished rows may have stayed behind; the next start puts that right',
      );
    });
    return this.#failure;
  }

  #unwritable(cause: unknown): ToolkitError {
    return tableUnwritable(this.#place.stream, this.#place.paths.folder, cause);
  }

  #isDue(): boolean {
    const { rotate_seconds: seconds } = this.#place.config;
    const begun = this.#files.begunAt;
    return seconds !== undefined && begun !== undefined && Date.now() >= begun + seconds * 1000;
  }

  /** Closes the file in time on a quiet stream too. */
  #armTimer(): void {
    const { rotate_seconds: seconds } = this.#place.config;
    const begun = this.#files.begunAt;
    clearTimeout(this.#timer);
    if (seconds === undefined || begun === undefined) return;
    const wait = Math.max(0, Math.min(begun + seconds * 1000 - Date.now(), LONGEST_TIMER_MS));
    this.#timer = setTimeout(() => void this.#turns.take(() => this.#rotateInTime()), wait);
    this.#timer.unref();
  }

  async #rotateInTime(): Promise<void> {
    if (this.#failure) return;
    try {
      if (this.#isDue()) await this.#files.rotate();
      this.#armTimer();
    } catch (cause) {
      await this.#fail(cause); // the next load tells
    }
  }
}
