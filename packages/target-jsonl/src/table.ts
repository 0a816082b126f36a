import { join } from 'node:path';
import { makeFolder, OWNER_ONLY, systemCode, type ToolkitError, widerThan } from '@tap-webhooks/singer';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import { type Batch, type BatchRow, isNoRoom, linesOf } from '@tap-webhooks/target-core';
import { SHARED } from './config.js';
import { tableLocked, tableUnwritable } from './errors.js';
import type { FilesContext } from './naming.js';
import { LoadedPositions } from './positions.js';
import { recover } from './recovery.js';
import { type CurrentFile, TableFiles, Turns } from './table-files.js';

/** The longest time that `setTimeout` accepts. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a load has still to do. */
interface Work {
  readonly batch: Batch;
  left: readonly BatchRow[];
  appended: number;
}

/** One table on disk. This process holds its lock, and one load at a time appends to it. */
export class JsonlTable {
  readonly #context: FilesContext;
  readonly #lock: Lock;
  readonly #turns: Turns;
  #files: TableFiles;
  #positions: LoadedPositions;
  #timer: NodeJS.Timeout | undefined;
  #failure: ToolkitError | undefined;
  /** The disk was full, and the files are not as the manifest says. */
  #isTorn = false;
  #isSaved = true;

  private constructor(context: FilesContext, lock: Lock, turns: Turns, files: TableFiles) {
    this.#context = context;
    this.#lock = lock;
    this.#turns = turns;
    this.#files = files;
    this.#positions = this.#readPositions();
  }

  /** @throws ToolkitError exit 4 when another process has it, 3 when the folder cannot be used. */
  static async open(context: FilesContext): Promise<JsonlTable> {
    const { paths, stream, room } = context;
    try {
      return await room.whenThere(stream, () => JsonlTable.#tryOpen(context));
    } catch (cause) {
      throw tableUnwritable(stream, paths.folder, cause);
    }
  }

  static async #tryOpen(context: FilesContext): Promise<JsonlTable> {
    const { paths, stream } = context;
    await makeFolder(paths.folder, { mode: SHARED[context.config.share_files_with].folder });
    const lock = await acquireLock(paths.lock);
    if (lock === undefined) throw tableLocked(stream, paths.lock);
    try {
      const turns = new Turns();
      const files = new TableFiles(context, turns, await recover(context));
      await files.resume();
      const table = new JsonlTable(context, lock, turns, files);
      table.#armTimer();
      warnOfWideFiles(context);
      return table;
    } catch (cause) {
      lock.release();
      throw cause;
    }
  }

  /**
   * Appends the rows that the table does not hold yet; they are durable when it resolves. Waits while the disk is full.
   * @returns how many rows were appended.
   */
  async load(batch: Batch): Promise<number> {
    const work: Work = { batch, left: batch.rows, appended: 0 };
    const { room, stream } = this.#context;
    try {
      await room.whenThere(stream, async () => {
        if (this.#isTorn) await this.#files.settled; // compression saves the manifest
        await this.#turns.take(() => this.#attempt(work));
      });
    } catch (cause) {
      throw await this.#turns.take(() => this.#fail(cause));
    }
    return work.appended;
  }

  /** Saves the manifest, waits until files are compressed, and releases the lock. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#turns.take(async () => {
        await this.#files.close();
        if (!this.#failure && !this.#isTorn && !this.#isSaved) await this.#files.save();
      });
      await this.#files.settled;
    } catch (cause) {
      throw this.#unwritable(cause);
    } finally {
      this.#lock.release();
    }
  }

  #readPositions(): LoadedPositions {
    return new LoadedPositions(this.#context, () => this.#files.manifest.files, {
      completed: () => this.#files.save(),
    });
  }

  /** Appends what is left of the work. When the disk is full, it can be called again. */
  async #attempt(work: Work): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      if (this.#isTorn) await this.#recover();
      if (await this.#files.wereChanged()) this.#positions = this.#readPositions();
      if (this.#isDue()) await this.#files.rotate();
      work.left = await this.#positions.missing(work.left);
      await this.#append(work);
    } catch (cause) {
      if (isNoRoom(cause)) await this.#setBack();
      throw cause;
    }
  }

  async #append(work: Work): Promise<void> {
    const { rotate_bytes: limit = Number.POSITIVE_INFINITY } = this.#context.config;
    while (work.left.length > 0) {
      const current = await this.#files.current();
      const taken = firstRows(work.left, limit - current.end.length, work.batch.starts);
      await current.end.write(linesOf(work.batch, taken));
      await this.#sync(taken, current);
      work.left = work.left.slice(taken.length);
      work.appended += taken.length;
      await this.#files.saveIfDue();
      if (current.end.length >= limit) await this.#files.rotate();
    }
    this.#armTimer();
  }

  async #sync(rows: readonly BatchRow[], { entry, end }: CurrentFile): Promise<void> {
    await end.sync();
    entry.bytes = end.length;
    this.#positions.loaded(rows, entry);
    this.#isSaved = false;
  }

  /** Removes what a full disk left unfinished. What cannot be removed makes the files torn. */
  async #setBack(): Promise<void> {
    await this.#files.takeBack().catch(() => {});
    this.#isTorn = !this.#files.areSound;
  }

  /** Repairs the files as the next start would. */
  async #recover(): Promise<void> {
    await this.#files.close();
    const files = new TableFiles(this.#context, this.#turns, await recover(this.#context));
    await files.resume();
    this.#files = files;
    this.#positions = this.#readPositions();
    this.#isTorn = false;
  }

  /** Stops loading into the table: after a failure it is unknown which bytes are on disk. */
  async #fail(cause: unknown): Promise<ToolkitError> {
    if (this.#failure) return this.#failure;
    this.#failure = this.#unwritable(cause);
    await this.#files.takeBack().catch((cause) => {
      this.#context.log.warn(
        { stream: this.#context.stream, reason: systemCode(cause) },
        'the file may end with rows that are in no state; the next start repairs it',
      );
    });
    return this.#failure;
  }

  #unwritable(cause: unknown): ToolkitError {
    return tableUnwritable(this.#context.stream, this.#context.paths.folder, cause);
  }

  #isDue(): boolean {
    const { rotate_seconds: seconds } = this.#context.config;
    const begun = this.#files.begunAt;
    return seconds !== undefined && begun !== undefined && Date.now() >= begun + seconds * 1000;
  }

  /** Makes sure that the file is closed in time on a quiet stream too. */
  #armTimer(): void {
    const { rotate_seconds: seconds } = this.#context.config;
    const begun = this.#files.begunAt;
    clearTimeout(this.#timer);
    if (seconds === undefined || begun === undefined) return;
    const wait = Math.max(0, Math.min(begun + seconds * 1000 - Date.now(), LONGEST_TIMER_MS));
    this.#timer = setTimeout(() => void this.#turns.take(() => this.#rotateInTime()), wait);
    this.#timer.unref();
  }

  async #rotateInTime(): Promise<void> {
    if (this.#failure || this.#isTorn) return; // a torn file is closed by the next load
    try {
      if (this.#isDue()) await this.#files.rotate();
      this.#armTimer();
    } catch (cause) {
      if (isNoRoom(cause)) await this.#setBack();
      else await this.#fail(cause); // the next load is rejected with it
    }
  }
}

/** The first rows, up to the one that reaches so many bytes; at least one row. */
function firstRows(rows: readonly BatchRow[], bytes: number, starts: Uint32Array): readonly BatchRow[] {
  if (bytes === Number.POSITIVE_INFINITY) return rows;
  let count = 0;
  for (let taken = 0; count < rows.length && (count === 0 || taken < bytes); count += 1) {
    const { index } = rows[count] as BatchRow;
    taken += (starts[index + 1] as number) - (starts[index] as number);
  }
  return rows.slice(0, count);
}

/** Files that were there before keep their rights. */
function warnOfWideFiles({ paths, stream, config, log }: FilesContext): void {
  const { folder, openName, manifest, lock } = paths;
  const wide = [
    ...widerThan(SHARED[config.share_files_with], [folder, join(folder, openName)]),
    ...widerThan(OWNER_ONLY, [manifest, lock]),
  ];
  if (wide.length === 0) return;
  log.warn(
    { stream, wide },
    'Other users have rights to files of this table: take them away (chmod 700 for the folder, 600 for files), or set share_files_with',
  );
}
