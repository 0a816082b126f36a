import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptPart, distrust, renameFile, syncFolder } from '@tap-webhooks/singer';
import { AppendFile } from './append-file.js';
import { compressToPart } from './compression.js';
import { SHARED } from './config.js';
import type { FileEntry, Manifest } from './manifest.js';
import { newEntry, writeManifest } from './manifest.js';
import { closedName, type FilesContext } from './naming.js';
import { takeStock } from './take-stock.js';
import { MOST_COPIED_BYTES } from './unsynced-tail.js';

/** The open file, which rows are appended to. */
export interface CurrentFile {
  readonly entry: FileEntry;
  readonly end: AppendFile;
}

/**
 * The files of one table and their manifest: appends to the open file, closes and compresses it. After a crash at any step
 * `recover` finishes what was begun. One task at a time calls it (`turns`); only compression runs in the background.
 */
export class TableFiles {
  readonly #context: FilesContext;
  readonly #turns: Turns;
  readonly manifest: Manifest;
  #current: CurrentFile | undefined;
  #compressing: Promise<void> = Promise.resolve();
  /** Length of the open file that the saved manifest says. */
  #savedBytes: number;

  constructor(context: FilesContext, turns: Turns, manifest: Manifest) {
    this.#context = context;
    this.#turns = turns;
    this.manifest = manifest;
    this.#savedBytes = this.#openEntry()?.bytes ?? 0;
  }

  /** Finishes what earlier runs left: closes open files with the name of another run, and compresses closed ones. */
  async resume(): Promise<void> {
    const left = this.manifest.files.filter(
      (entry) => entry.open && entry.name !== this.#context.paths.openName,
    );
    for (const entry of left) this.#markClosed(entry);
    if (left.length > 0) await this.save();
    for (const entry of this.manifest.files) if (entry.compress) this.#compressLater(entry);
  }

  /** The open file. Begins one when there is none, or when another program removed it. */
  async current(): Promise<CurrentFile> {
    for (;;) {
      this.#current ??= await this.#openOrBegin();
      if (await this.#current.end.isInPlace()) return this.#current;
      await this.#abandon(this.#current);
    }
  }

  /** True when another program changed the open file: the positions that the table holds must be read again then. */
  async wereChanged(): Promise<boolean> {
    if (this.#current === undefined || (await this.#current.end.isInPlace())) return false;
    await this.#abandon(this.#current);
    if (await this.#exists(this.#context.paths.openName)) await this.#begin();
    return true;
  }

  /** When the open file was begun, in epoch ms; undefined when there is none, or it is empty. */
  get begunAt(): number | undefined {
    const entry = this.#openEntry();
    return entry && entry.bytes > 0 ? Date.parse(entry.since) : undefined;
  }

  /** Closes the open file for good: nothing is appended to it afterwards. */
  async rotate(): Promise<void> {
    const { entry, end } = await this.current();
    if (end.length === 0) return;
    await end.close();
    this.#current = undefined;
    entry.becomes = await this.#freeName();
    await this.save();
    await renameFile(this.#pathOf(entry.name), this.#pathOf(entry.becomes));
    entry.name = entry.becomes;
    delete entry.becomes;
    this.#markClosed(entry);
    await this.save();
    if (entry.compress) this.#compressLater(entry);
  }

  async save(): Promise<void> {
    const bytes = this.#openEntry()?.bytes ?? 0;
    await writeManifest(this.#context.paths.manifest, this.manifest);
    this.#savedBytes = bytes;
  }

  /** Saves the manifest now and then, since a start after a crash copies the rows after the saved length. */
  async saveIfDue(): Promise<void> {
    const bytes = this.#openEntry()?.bytes ?? 0;
    if (bytes - this.#savedBytes >= MOST_COPIED_BYTES) await this.save();
  }

  /**
   * Removes rows that are not synced, as far as that is possible. A file that cannot be trusted is marked before that, in the
   * manifest and outside of a disk that takes no manifest. Without the manifest, the file keeps those rows, and the next start
   * finds them after the saved length.
   */
  async takeBack(): Promise<void> {
    if (this.#current === undefined) return;
    const { entry, end } = this.#current;
    if (end.isTrusted) await end.cutBack().catch(() => {}); // then it is not trusted any more
    if (end.isTrusted) return this.save().catch(() => {}); // the next start reads what comes after the saved length
    distrust(end.path);
    entry.failed = true;
    await this.save();
    await end.cutBack();
  }

  /** False when the files must be recovered, as after a crash, before anything is appended. */
  get areSound(): boolean {
    return this.#current?.end.isTrusted === true;
  }

  async close(): Promise<void> {
    await this.#current?.end.close();
    this.#current = undefined;
  }

  /** Resolves when no file is being compressed. Must not be awaited within a turn. */
  get settled(): Promise<void> {
    return this.#compressing;
  }

  async #openOrBegin(): Promise<CurrentFile> {
    const entry = this.#openEntry() ?? (await this.#begin());
    return { entry, end: await AppendFile.open(this.#pathOf(entry.name), entry.bytes, this.#fileMode) };
  }

  async #begin(): Promise<FileEntry> {
    const entry = newEntry(this.#context.paths.openName);
    if (await this.#exists(entry.name)) await takeStock(entry, this.#context);
    this.manifest.files.push(entry);
    await this.save();
    return entry;
  }

  #openEntry(): FileEntry | undefined {
    return this.manifest.files.find((entry) => entry.open);
  }

  #markClosed(entry: FileEntry): void {
    entry.open = false;
    if (this.#context.config.compression === 'gzip') entry.compress = true;
  }

  /** Another program moved, removed, cut or wrote to the open file: the rows that it held count as loaded. */
  async #abandon({ entry, end }: CurrentFile): Promise<void> {
    this.#context.log.warn(
      { stream: this.#context.stream, file: entry.name },
      'another program changed the open file; a new one is begun',
    );
    entry.open = false;
    entry.gone = true;
    this.#current = undefined;
    await end.close();
  }

  async #freeName(): Promise<string> {
    for (;;) {
      const name = closedName(this.#context.paths.openName, this.manifest.next);
      this.manifest.next += 1;
      if (!(await this.#exists(name)) && !(await this.#exists(`${name}.gz`))) return name;
    }
  }

  get #fileMode(): number {
    return SHARED[this.#context.config.share_files_with].file;
  }

  #pathOf(name: string): string {
    return join(this.#context.paths.folder, name);
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
        const fields = {
          stream: this.#context.stream,
          file: entry.name,
          reason: cause.code ?? cause.message,
        };
        this.#context.log.warn(
          fields,
          'the file could not be compressed: it stays plain until the next start',
        );
      });
  }

  async #compress(entry: FileEntry): Promise<void> {
    const plain = this.#pathOf(entry.name);
    await compressToPart(plain, this.#fileMode);
    await this.#turns.take(async () => {
      await adoptPart(`${plain}.gz`);
      entry.name += '.gz';
      delete entry.compress;
      await this.save();
      await rm(plain, { force: true });
      await syncFolder(this.#context.paths.folder);
    });
  }
}

/** Runs one task at a time, in the order of the calls. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {}); // the caller gets the error; the next task runs anyway
    return turn;
  }
}
