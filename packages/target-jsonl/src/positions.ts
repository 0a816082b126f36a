import { join } from 'node:path';
import type { RowIdentity } from '@tap-webhooks/singer';
import { HeldRows, type Row } from '@tap-webhooks/target-core';
import { fileUnreadable, sequenceUnknown } from './errors.js';
import { linesOf, readPlain, readRow } from './lines.js';
import type { FileEntry, PositionRange } from './manifest.js';
import { extend, mayHold, widen } from './manifest.js';
import type { FilesContext } from './naming.js';
import { type InboxRow, PositionBuffer, PositionWindow } from './position-window.js';

/** Rows per window, 16 bytes each; rows outside of the window are read again when they are needed. */
const WINDOW_POSITIONS = 500_000;
/** Windows kept: one per inbox, for batches that mix inboxes. */
const WINDOWS = 4;

export interface LoadedOptions {
  readonly windowPositions?: number;
  /** Keeps the manifest, in which the ranges of an earlier version were completed. */
  readonly completed?: () => Promise<void>;
}

/** A file with rows of an inbox, and their range. */
interface InboxFile {
  readonly file: FileEntry;
  readonly range: PositionRange;
}

/**
 * Tells which rows a table already holds: those whose inbox, position and sequence agree. A position above the highest known one
 * of its inbox is new, and nothing is read. So is a row whose sequence is above those of all files around its position. For any
 * other, the files whose range contains it are read, one at a time, into a window of bounded size.
 */
export class LoadedPositions {
  readonly #context: Pick<FilesContext, 'paths' | 'stream' | 'log'>;
  /** The manifest's own list: it grows as files are begun. */
  readonly #files: () => readonly FileEntry[];
  readonly #options: LoadedOptions;
  readonly #windowPositions: number;
  readonly #highest = new Map<string, number>();
  readonly #windows = new Map<string, PositionWindow>();
  #hasSaidShipped = false;

  constructor(
    context: Pick<FilesContext, 'paths' | 'stream' | 'log'>,
    files: () => readonly FileEntry[],
    options: LoadedOptions = {},
  ) {
    this.#context = context;
    this.#files = files;
    this.#options = options;
    this.#windowPositions = options.windowPositions ?? WINDOW_POSITIONS;
    for (const { ranges } of files()) {
      for (const { inbox, last } of ranges) this.#highest.set(inbox, Math.max(last, this.#highestOf(inbox)));
    }
  }

  /**
   * The rows that the table does not hold, each once, in their order; all rows without identity are among them.
   * @throws ToolkitError `sequence_unknown` or `file_unreadable`, exit 3.
   */
  async missing<R extends Row>(rows: readonly R[]): Promise<readonly R[]> {
    const late = this.#lateRows(rows);
    if (late.size === 0) return rows;
    const held = new Map<string, HeldRows>();
    for (const [inbox, own] of late) held.set(inbox, await this.#heldAmong(inbox, own));
    return rows.filter(({ identity }) => {
      const known = identity && held.get(identity.inbox);
      if (!known) return true;
      if (known.has(identity)) return false;
      known.add(identity.position, identity.sequence);
      return true;
    });
  }

  /** Records that rows are durable now, and in which file. */
  loaded(rows: readonly Row[], file: FileEntry): void {
    let range = file.ranges[0];
    for (const { identity } of rows) {
      if (identity === undefined) continue;
      range = range?.inbox === identity.inbox ? extend(range, identity) : widen(file.ranges, identity);
    }
    for (const { inbox, last } of file.ranges)
      this.#highest.set(inbox, Math.max(last, this.#highestOf(inbox)));
    if (this.#windows.size > 0) for (const { identity } of rows) if (identity) this.#addToWindow(identity);
  }

  #highestOf(inbox: string): number {
    return this.#highest.get(inbox) ?? Number.NEGATIVE_INFINITY;
  }

  /** Per inbox, the rows whose positions are not above all positions before them. */
  #lateRows(rows: readonly Row[]): Map<string, InboxRow[]> {
    const late = new Map<string, InboxRow[]>();
    const marks = new Map<string, number>();
    let inbox: string | undefined;
    let mark = 0;
    for (const { identity } of rows) {
      if (identity === undefined) continue;
      if (identity.inbox !== inbox) {
        if (inbox !== undefined) marks.set(inbox, mark);
        inbox = identity.inbox;
        mark = marks.get(inbox) ?? this.#highestOf(inbox);
      }
      if (identity.position > mark) mark = identity.position;
      else {
        const own = late.get(inbox);
        if (own === undefined) late.set(inbox, [identity]);
        else own.push(identity);
      }
    }
    return late;
  }

  /** Those of the rows of one inbox that the table holds. */
  async #heldAmong(inbox: string, late: readonly InboxRow[]): Promise<HeldRows> {
    const held = new HeldRows();
    const asked = await this.#undecided(inbox, late);
    const highestAsked = asked.at(-1)?.position ?? 0;
    let shipped = 0;
    for (const row of asked) {
      const window = await this.#windowAt(inbox, row.position, highestAsked);
      const isRead = window.holds(row);
      if (!isRead && !window.isShipped(row)) continue;
      if (!isRead) shipped += 1;
      held.add(row.position, row.sequence);
    }
    if (shipped > 0) this.#sayShipped(shipped);
    return held;
  }

  /** The rows that some file may hold, by position. */
  async #undecided(inbox: string, late: readonly InboxRow[]): Promise<readonly InboxRow[]> {
    const rows = late.toSorted((one, other) => one.position - other.position);
    const [lowest] = rows;
    const highest = rows.at(-1);
    if (lowest === undefined || highest === undefined) return [];
    const files = this.#filesWith(inbox, lowest.position, highest.position);
    await this.#complete(files, rows);
    return rows.filter((row) => files.some(({ range }) => mayHold(range, row)));
  }

  /** Finds out the highest sequence of ranges that an earlier version wrote without it, where rows fall into them. */
  async #complete(files: readonly InboxFile[], rows: readonly InboxRow[]): Promise<void> {
    let hasCompleted = false;
    for (const { file, range } of files) {
      if (range.sequence !== undefined) continue;
      if (!rows.some((row) => row.sequence !== undefined && mayHold(range, row))) continue;
      range.sequence = await this.#highestSequence(file, range.inbox);
      hasCompleted = true;
    }
    if (hasCompleted) await this.#options.completed?.();
  }

  /** Reads a file. @returns null when a row of the inbox says no sequence. */
  async #highestSequence(file: FileEntry, inbox: string): Promise<number | null> {
    let highest: number | null = Number.NEGATIVE_INFINITY;
    const isRead = await this.#readRows(file, inbox, ({ sequence = null }) => {
      highest = highest === null || sequence === null ? null : Math.max(highest, sequence);
    });
    const { folder, manifest } = this.#context.paths;
    if (!isRead) throw sequenceUnknown(join(folder, file.name), manifest);
    return highest === Number.NEGATIVE_INFINITY ? null : highest;
  }

  async #windowAt(inbox: string, position: number, highestAsked: number): Promise<PositionWindow> {
    const known = this.#windows.get(inbox);
    if (known?.covers(position)) return known;
    const window = await this.#readWindow(inbox, position, highestAsked);
    this.#keep(inbox, window);
    return window;
  }

  #keep(inbox: string, window: PositionWindow): void {
    this.#windows.delete(inbox);
    this.#windows.set(inbox, window);
    const oldest = this.#windows.keys().next().value;
    if (this.#windows.size > WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
  }

  #addToWindow(row: RowIdentity): void {
    const window = this.#windows.get(row.inbox);
    if (!window?.covers(row.position)) return;
    window.add(row);
    if (window.added > this.#windowPositions / 10) this.#windows.delete(row.inbox);
  }

  /** Reads the files that overlap `from`..`to` until the window is full; it covers at least `from`. */
  async #readWindow(inbox: string, from: number, to: number): Promise<PositionWindow> {
    const found = new PositionBuffer(this.#windowPositions, this.#highestOf(inbox));
    const shipped: PositionRange[] = [];
    for (const { file, range } of this.#filesWith(inbox, from)) {
      if (range.first > Math.min(to, found.through)) {
        found.through = Math.min(found.through, range.first - 1);
        break;
      }
      const isRead = await this.#readRows(file, inbox, (row) => {
        if (row.position >= from) found.add(row);
      });
      if (!isRead) shipped.push(range);
    }
    return new PositionWindow(from, found, shipped);
  }

  /** Files with positions between two, ordered by their first position. */
  #filesWith(inbox: string, from: number, to = Number.POSITIVE_INFINITY): InboxFile[] {
    const files: InboxFile[] = [];
    for (const file of this.#files()) {
      const range = file.ranges.find((known) => known.inbox === inbox);
      if (range && range.last >= from && range.first <= to) files.push({ file, range });
    }
    return files.sort((one, other) => one.range.first - other.range.first);
  }

  /** Reads the rows of an inbox in a file. @returns false when the file is missing, because it was shipped elsewhere. */
  async #readRows(file: FileEntry, inbox: string, take: (row: RowIdentity) => void): Promise<boolean> {
    if (file.gone) return false;
    const path = join(this.#context.paths.folder, file.name);
    try {
      for await (const { bytes } of linesOf(readPlain(path))) {
        const { identity } = readRow(bytes);
        if (identity?.inbox === inbox) take(identity);
      }
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw fileUnreadable(path, cause);
    }
  }

  #sayShipped(rows: number): void {
    if (this.#hasSaidShipped) return;
    this.#hasSaidShipped = true;
    const { log, stream } = this.#context;
    log.warn(
      { stream, rows },
      'rows count as loaded, since a file that is gone has their positions in its range',
    );
  }
}
