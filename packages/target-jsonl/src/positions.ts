import { join } from 'node:path';
import type { RowIdentity } from '@tap-webhooks/singer';
import type { Row } from '@tap-webhooks/target-core';
import { fileUnreadable } from './errors.js';
import { linesOf, readPlain, readRow } from './lines.js';
import type { FileEntry } from './manifest.js';
import { widen } from './manifest.js';
import { PositionBuffer, PositionWindow } from './position-window.js';

/** Positions per window, 8 bytes each; positions outside of the window are read again when they are needed. */
const WINDOW_POSITIONS = 1_000_000;
/** Windows kept: one per inbox, for batches that mix inboxes. */
const WINDOWS = 4;

/**
 * Tells which rows a table already holds. A position above the highest known one of its inbox is new, and nothing is read. For a
 * lower one, the files whose range contains it are read, one at a time, into a window of bounded size.
 */
export class LoadedPositions {
  readonly #folder: string;
  /** The manifest's own list: it grows as files are begun. */
  readonly #files: () => readonly FileEntry[];
  readonly #highest = new Map<string, number>();
  readonly #windows = new Map<string, PositionWindow>();
  readonly #windowPositions: number;

  constructor(folder: string, files: () => readonly FileEntry[], windowPositions = WINDOW_POSITIONS) {
    this.#folder = folder;
    this.#files = files;
    this.#windowPositions = windowPositions;
    for (const { ranges } of files()) {
      for (const { inbox, last } of ranges) this.#highest.set(inbox, Math.max(last, this.#highestOf(inbox)));
    }
  }

  /** The rows that the table does not hold, each position once, in their order; all rows without identity are among them. */
  async missing<R extends Row>(rows: readonly R[]): Promise<readonly R[]> {
    const late = this.#lateRows(rows);
    if (late.size === 0) return rows;
    const held = await this.#heldOf(late);
    const taken = new Map(Array.from(late.keys(), (inbox) => [inbox, new Set<number>()]));
    return rows.filter(({ identity }) => {
      const positions = identity && taken.get(identity.inbox);
      if (!positions) return true;
      if (positions.has(identity.position) || held.get(identity.inbox)?.has(identity.position)) return false;
      positions.add(identity.position);
      return true;
    });
  }

  /** Records that rows are durable now, and in which file. */
  loaded(rows: readonly Row[], file: FileEntry): void {
    let range = file.ranges[0];
    for (const { identity } of rows) {
      if (identity === undefined) continue;
      if (range?.inbox === identity.inbox && identity.position > range.last) range.last = identity.position;
      else {
        widen(file.ranges, identity.inbox, identity.position);
        range = file.ranges.find(({ inbox }) => inbox === identity.inbox);
      }
    }
    for (const { inbox, last } of file.ranges)
      this.#highest.set(inbox, Math.max(last, this.#highestOf(inbox)));
    if (this.#windows.size > 0) for (const { identity } of rows) if (identity) this.#addToWindow(identity);
  }

  #highestOf(inbox: string): number {
    return this.#highest.get(inbox) ?? Number.NEGATIVE_INFINITY;
  }

  /** Per inbox, the positions that are not above all positions before them. */
  #lateRows(rows: readonly Row[]): Map<string, number[]> {
    const late = new Map<string, number[]>();
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
        const positions = late.get(inbox);
        if (positions === undefined) late.set(inbox, [identity.position]);
        else positions.push(identity.position);
      }
    }
    return late;
  }

  async #heldOf(late: Map<string, number[]>): Promise<Map<string, Set<number>>> {
    const held = new Map<string, Set<number>>();
    for (const [inbox, positions] of late) {
      const highest = this.#highestOf(inbox);
      const asked = Float64Array.from(positions.filter((position) => position <= highest)).sort();
      held.set(inbox, await this.#heldAmong(inbox, asked));
    }
    return held;
  }

  /** Those of the asked positions that the table holds. @param asked ascending, none above the highest known position. */
  async #heldAmong(inbox: string, asked: Float64Array): Promise<Set<number>> {
    const held = new Set<number>();
    const highestAsked = asked.at(-1) ?? 0;
    for (const position of asked) {
      let window = this.#windows.get(inbox);
      if (!window?.covers(position)) {
        window = await this.#readWindow(inbox, position, highestAsked);
        this.#keep(inbox, window);
      }
      if (window.holds(position)) held.add(position);
    }
    return held;
  }

  #keep(inbox: string, window: PositionWindow): void {
    this.#windows.delete(inbox);
    this.#windows.set(inbox, window);
    const oldest = this.#windows.keys().next().value;
    if (this.#windows.size > WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
  }

  #addToWindow({ inbox, position }: RowIdentity): void {
    const window = this.#windows.get(inbox);
    if (!window?.covers(position)) return;
    window.add(position);
    if (window.added > this.#windowPositions / 10) this.#windows.delete(inbox);
  }

  /** Reads the files that overlap `from`..`to` until the window is full; it covers at least `from`. */
  async #readWindow(inbox: string, from: number, to: number): Promise<PositionWindow> {
    const found = new PositionBuffer(this.#windowPositions, this.#highestOf(inbox));
    const shipped: Array<[number, number]> = [];
    for (const { file, first, last } of this.#filesWith(inbox, from)) {
      if (first > Math.min(to, found.through)) {
        found.through = Math.min(found.through, first - 1);
        break;
      }
      if (file.gone || !(await this.#readPositions(file, inbox, from, found))) shipped.push([first, last]);
    }
    return new PositionWindow(from, found, shipped);
  }

  /** Files with positions from `from` on, ordered by their first position. */
  #filesWith(inbox: string, from: number): Array<{ file: FileEntry; first: number; last: number }> {
    const files: Array<{ file: FileEntry; first: number; last: number }> = [];
    for (const file of this.#files()) {
      const range = file.ranges.find((known) => known.inbox === inbox);
      if (range && range.last >= from) files.push({ file, first: range.first, last: range.last });
    }
    return files.sort((a, b) => a.first - b.first);
  }

  /** Reads the positions of a file. @returns false when the file is missing, because it was shipped elsewhere. */
  async #readPositions(file: FileEntry, inbox: string, from: number, into: PositionBuffer): Promise<boolean> {
    const path = join(this.#folder, file.name);
    try {
      for await (const { bytes } of linesOf(readPlain(path))) {
        const { identity } = readRow(bytes);
        if (identity?.inbox === inbox && identity.position >= from) into.add(identity.position);
      }
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw fileUnreadable(path, cause);
    }
  }
}
