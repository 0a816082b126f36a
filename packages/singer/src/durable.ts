import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from './errors.js';
import { OWNER_ONLY, openOwn, openOwnSync } from './rights.js';

/**
 * What survives a power cut. A file's bytes are durable after `fsync` of the file, its name only after `fsync` of its folder:
 * the same holds for the name of a folder in its parent.
 */

/** Makes the bytes of a file durable, whoever wrote them. Its name may still be lost: see `syncFolder`. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Like `syncFile`, and blocks the thread. */
export function syncFileSync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the names in a folder durable: files created, renamed and removed in it. */
export async function syncFolder(folder: string): Promise<void> {
  await syncFile(folder); // POSIX syncs a folder like a file
}

/** Like `syncFolder`, and blocks the thread. */
export function syncFolderSync(folder: string): void {
  syncFileSync(folder);
}

export interface FolderOptions {
  /** Rights of folders that are created; by default those that the umask leaves. */
  readonly mode?: number;
}

/** Creates a folder with all its parents. Every new name is durable when it resolves. */
export async function makeFolder(folder: string, options: FolderOptions = {}): Promise<void> {
  const first = await makeMissing(folder, options);
  for (const parent of parentsOfNew(folder, first)) await syncFolder(parent);
}

/** Like `makeFolder`, and blocks the thread. */
export function makeFolderSync(folder: string, options: FolderOptions = {}): void {
  const first = makeMissingSync(folder, options);
  for (const parent of parentsOfNew(folder, first)) syncFolderSync(parent);
}

/**
 * Makes what is missing of a path, and returns the topmost folder that it made. Node's `recursive` tries for ever where the system
 * says ENOENT about a name in a folder that exists: in /proc, or for a name that autofs does not know.
 */
async function makeMissing(
  folder: string,
  options: FolderOptions,
  isLast = false,
): Promise<string | undefined> {
  try {
    await mkdir(folder, options);
    return folder;
  } catch (cause) {
    const parent = parentToMake(folder, cause, isLast);
    if (parent === undefined) return undefined;
    const first = await makeMissing(parent, options);
    const last = await makeMissing(folder, options, true);
    return first ?? last;
  }
}

/** Like `makeMissing`, and blocks the thread. */
function makeMissingSync(folder: string, options: FolderOptions, isLast = false): string | undefined {
  try {
    mkdirSync(folder, options);
    return folder;
  } catch (cause) {
    const parent = parentToMake(folder, cause, isLast);
    if (parent === undefined) return undefined;
    const first = makeMissingSync(parent, options);
    const last = makeMissingSync(folder, options, true);
    return first ?? last;
  }
}

/**
 * Reads why a folder could not be made.
 * @param isLast its parent was made or found already.
 * @returns the parent, when that may be what is missing; undefined when the folder exists.
 * @throws what was thrown, when there is another reason.
 */
function parentToMake(folder: string, cause: unknown, isLast: boolean): string | undefined {
  const code = systemCode(cause);
  // A name that exists and leads nowhere is a link whose target is missing: ENOENT says that, EEXIST does not.
  if (statSync(folder, { throwIfNoEntry: code === 'EEXIST' })?.isDirectory()) return undefined;
  const parent = dirname(folder);
  if (code !== 'ENOENT' || isLast || parent === folder) throw cause;
  return parent;
}

/** The folders that hold a new name. @param first the topmost folder that was created, if any. */
function parentsOfNew(folder: string, first: string | undefined): string[] {
  if (first === undefined) return [];
  const parents: string[] = [];
  const top = dirname(resolve(first));
  for (let at = resolve(folder); at !== top; at = dirname(at)) parents.push(dirname(at));
  return parents;
}

export interface FileOptions {
  /** Rights of the file; by default only its owner may use it. */
  readonly mode?: number;
  /** False for a file that may be lost in a power cut; it is still never torn by a crash of the process. */
  readonly sync?: boolean;
}

/**
 * Replaces a small file as a whole: after a crash at any moment it holds the old text or the new one. The folder must exist.
 * The text is written to `partName(path)` first, so one writer at a time.
 */
export async function replaceFile(path: string, text: string, options: FileOptions = {}): Promise<void> {
  const { mode = OWNER_ONLY.file, sync = true } = options;
  const handle = await openOwn(partName(path), 'w', mode);
  try {
    await handle.writeFile(text);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
  if (sync) await adoptPart(path);
  else await rename(partName(path), path);
}

/** Like `replaceFile`, always durable, and blocks the thread. */
export function replaceFileSync(
  path: string,
  text: string,
  { mode = OWNER_ONLY.file }: FolderOptions = {},
): void {
  const descriptor = openOwnSync(partName(path), 'w', mode);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partName(path), path);
  syncFolderSync(dirname(path));
}

/** Name of the unfinished copy of a file: hidden, in the same folder, and overwritten when a crash left one. */
export function partName(path: string): string {
  return join(dirname(path), `.${basename(path).replace(/^\./, '')}.part`);
}

/** Renames a finished, synced part file to the file's own name; the name is durable when it resolves. */
export async function adoptPart(path: string): Promise<void> {
  await renameFile(partName(path), path);
}

/** Renames a file within its folder; the new name is durable when it resolves. */
export async function renameFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}
