import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptPart, syncFolder } from '@tap-webhooks/singer';
import { AppendFile } from './append-file.js';
import { compressToPart } from './compression.js';
import type { FileEntry, Manifest } from './manifest.js';
import { newEntry, writeManifest } from './manifest.js';
import { closedName } from './naming.js';
import { takeStock } from './recovery.js';
import type { TablePlace } from './table-place.js';
import type { Turns } from './turns.js';

/** The file that rows are appended to. */
export interface CurrentFile {
  readonly entry: FileEntry;
  readonly end: AppendFile;
}

/**
 * The files of one table and their manifest: the one that is open, and how it is closed and compressed. Every step leaves
 * the folder so that `recover` can go on from there. Called by one task at a time (`turns`); compressing alone runs beside.
 */
export class TableFiles {
  readonly #place: TablePlace;
  readonly #turns: Turns;
  readonly manifest: Manifest;
  #current: CurrentFile | undefined;
  #compressing: Promise<void> = Promise.resolve();

  constructor(place: TablePlace, turns: Turns, manifest: Manifest) {
    this.#place = place;
    this.#turns = turns;
    this.manifest = manifest;
  }

  /** Goes on with what earlier runs left: files under another name of that time are closed, compressing is resumed. */
  async resume(): Promise<void> {
    const left = this.manifest.files.filter(
      (entry) => entry.open && entry.name !== this.#place.paths.openName,
    );
    for (const entry of left) this.#markClosed(entry);
    if (left.length > 0) await this.save();
    for (const entry of this.manifest.files) if (entry.compress) this.#compressLater(entry);
  }

  /** The open file; begins one when there is none, or when somebody took it away. */
  async current(): Promise<CurrentFile> {
    for (;;) {
      this.#current ??= await this.#openOrBegin();
      if (await this.#current.end.isInPlace()) return this.#current;
      await this.#giveUp(this.#current);
    }
  }

  /** @returns true when somebody changed the open file: what the table holds has to be asked anew then. */
  async wereChanged(): Promise<boolean> {
    if (this.#current === undefined || (await this.#current.end.isInPlace())) return false;
    await this.#giveUp(this.#current);
    if (await this.#exists(this.#place.paths.openName)) await this.#begin();
    return true;
  }

  /** When the open file was begun, in epoch ms; undefined when there is none, or nothing in it. */
  get begunAt(): number | undefined {
    const entry = this.#openEntry();
    return entry && entry.bytes > 0 ? Date.parse(entry.since) : undefined;
  }

  /** Closes the open file for good: nothing is appended to it any more. */
  async rotate(): Promise<void> {
    const { entry, end } = await this.current();
    if (end.length === 0) return;
    await end.close();
    this.#current = undefined;
    entry.becomes = await this.#freeName();
    await this.save();
    await rename(this.#pathOf(entry.name), this.#pathOf(entry.becomes));
    await syncFolder(this.#place.paths.folder);
    entry.name = entry.becomes;
    delete entry.becomes;
    this.#markClosed(entry);
    await this.save();
    if (entry.compress) this.#compressLater(entry);
  }

  async save(): Promise<void> {
    await writeManifest(this.#place.paths.manifest, this.manifest);
  }

  /** Takes back rows that are not synced, as far as that is possible. */
  async takeBack(): Promise<void> {
    await this.#current?.end.takeBack();
  }

  async close(): Promise<void> {
    await this.#current?.end.close();
    this.#current = undefined;
  }

  /** Resolves when nothing is being compressed any more. Must not be awaited within a turn. */
  get settled(): Promise<void> {
    return this.#compressing;
  }

  async #openOrBegin(): Promise<CurrentFile> {
    const entry = this.#openEntry() ?? (await this.#begin());
    return { entry, end: await AppendFile.open(this.#pathOf(entry.name), entry.bytes) };
  }

  async #begin(): Promise<FileEntry> {
    const entry = newEntry(this.#place.paths.openName);
    if (await this.#exists(entry.name)) await takeStock(entry, this.#place);
    this.manifest.files.push(entry);
    await this.save();
    return entry;
  }

  #openEntry(): FileEntry | undefined {
    return this.manifest.files.find((entry) => entry.open);
  }

  #markClosed(entry: FileEntry): void {
    entry.open = false;
    if (this.#place.config.compression === 'gzip') entry.compress = true;
  }

  /** The file was moved, removed, cut or written to by somebody else: what it held counts as loaded. */
  async #giveUp({ entry, end }: CurrentFile): Promise<void> {
    this.#place.log.warn(
      { stream: this.#place.stream, file: entry.name },
      'the open file was changed by another; a new one is begun',
    );
    entry.open = false;
    entry.gone = true;
    this.#current = undefined;
    await end.close();
  }

  async #freeName(): Promise<string> {
    for (;;) {
      const name = closedName(this.#place.paths.openName, this.manifest.next);
      this.manifest.next += 1;
      if (!(await this.#exists(name)) && !(await this.#exists(`${name}.gz`))) return name;
    }
  }

  #pathOf(name: string): string {
    return join(this.#place.paths.folder, name);
  }

  async #exists(name: string): Promise<boolean> {
    return access(this.#pathOf(name)).then(
      () => true,
      () => false,
    );
  }

  /** Compresses in the background, one file at a time. A failure costs disk space, nothing else, and is tried again. */
  #compressLater(entry: FileEntry): void {
    this.#compressing = this.#compressing
      .then(() => this.#compress(entry))
      .catch((cause: NodeJS.ErrnoException) => {
        const fields = { stream: this.#place.stream, file: entry.name, reason: cause.code ?? cause.message };
        this.#place.log.warn(fields, 'the file could not be compressed: it stays plain until the next start');
      });
  }

  async #compress(entry: FileEntry): Promise<void> {
    const plain = this.#pathOf(entry.name);
    await compressToPart(plain);
    await this.#turns.take(async () => {
      await adoptPart(`${plain}.gz`);
      entry.name += '.gz';
      delete entry.compress;
      await this.save();
      await rm(plain, { force: true });
      await syncFolder(this.#place.paths.folder);
    });
  }
}
