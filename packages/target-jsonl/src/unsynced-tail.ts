import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { adoptPart, openOwn, partName, syncFile } from '@tap-webhooks/singer';
import type { FileEntry, Manifest } from './manifest.js';
import { newEntry } from './manifest.js';
import { closedName, type FilesContext } from './naming.js';
import { takeStock } from './take-stock.js';

/**
 * What a run that did not end cleanly left at the end of the open file. The bytes after the recorded length may be in memory only,
 * although they can be read: after a failed sync Linux may call pages clean that never reached the disk, and a later sync of the
 * same file succeeds all the same ("Can Applications Recover from fsync Failures?", USENIX ATC 2020). So they are written once
 * more, into a new file, before a row of them counts as loaded.
 */

/** A file up to this size is copied as a whole and keeps its name. Of a larger one only the end is copied. */
export const MOST_COPIED_BYTES = 64 * 1024 * 1024;

/**
 * Replaces the file by a synced copy of its whole rows, and adds the rows after the recorded length to the entry.
 * @param options of `takeStock`.
 */
export async function copyWhole(
  entry: FileEntry,
  context: FilesContext,
  options: { isForeign?: boolean } = {},
): Promise<void> {
  const path = join(context.paths.folder, entry.name);
  await copyToPart(path, 0, entry, context, options);
  await adoptPart(path);
  delete entry.failed;
}

/**
 * Copies the rows after the recorded length into a part file, and prepares to close the file at that length.
 * @returns the entry of the part file, which gets the name of the open file once the file before it is closed.
 */
export async function copyTail(
  entry: FileEntry,
  manifest: Manifest,
  context: FilesContext,
  names: ReadonlySet<string>,
): Promise<FileEntry> {
  const next: FileEntry = { ...newEntry(entry.name), inPart: true };
  await copyToPart(join(context.paths.folder, entry.name), entry.bytes, next, context);
  let becomes: string;
  do {
    becomes = closedName(entry.name, manifest.next);
    manifest.next += 1;
  } while (names.has(becomes) || names.has(`${becomes}.gz`));
  entry.becomes = becomes;
  delete entry.failed;
  context.log.warn(
    { stream: context.stream, file: becomes },
    'the last run did not end cleanly: its file is closed, and the rows at its end go on in a new one',
  );
  return next;
}

/** Cuts a file to a length; durable when it resolves. */
export async function cutTo(path: string, length: number): Promise<void> {
  const handle = await openOwn(path, 'r+');
  try {
    await handle.truncate(length);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** Copies a file from an offset on into its part file, a new one, and takes stock of it there. */
async function copyToPart(
  path: string,
  start: number,
  copied: FileEntry,
  context: FilesContext,
  options: { isForeign?: boolean } = {},
): Promise<void> {
  const part = partName(path);
  await rm(part, { force: true });
  await copyBytes(path, start, part);
  await takeStock(copied, context, { ...options, path: part });
  await syncFile(part);
}

/** Copies bytes and rights. Unlike `copyFile`, which may let both files share blocks of the disk, it writes every byte. */
async function copyBytes(path: string, start: number, part: string): Promise<void> {
  const from = await openOwn(path, 'r');
  try {
    const to = await openOwn(part, 'w');
    try {
      await to.chmod((await from.stat()).mode & 0o777);
      await pipeline(from.createReadStream({ start, highWaterMark: 256 * 1024 }), to.createWriteStream());
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
