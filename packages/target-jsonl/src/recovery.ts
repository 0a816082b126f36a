import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { adoptPart, isDistrusted, openOwn, partName, renameFile, syncFolder } from '@tap-webhooks/singer';
import { isWholeCopy } from './compression.js';
import type { FileEntry, Manifest } from './manifest.js';
import { newEntry, readManifest, writeManifest } from './manifest.js';
import type { FilesContext } from './naming.js';
import { takeStock } from './take-stock.js';
import { copyTail, copyWhole, cutTo, MOST_COPIED_BYTES } from './unsynced-tail.js';

const LINE_FEED = 10;

/**
 * Repairs a table's folder after a crash, and returns its manifest. Closing and compressing files is finished, incomplete rows are
 * cut off, rows that may be in memory only are copied into a new file, and the manifest matches the files again.
 * @throws ToolkitError `manifest_unreadable`, exit 3; otherwise what the file system throws.
 */
export async function recover(context: FilesContext): Promise<Manifest> {
  const { paths, stream } = context;
  const manifest = (await readManifest(paths.manifest, stream)) ?? { format: 2, next: 1, files: [] };
  const before = JSON.stringify(manifest);
  const names = new Set(await readdir(paths.folder));
  for (const entry of manifest.files) {
    if (entry.open && !entry.becomes) await resume(entry, manifest, context, names); // may begin to close it
    if (entry.becomes) await finishClosing(entry, entry.becomes, manifest, context, names);
    else if (!entry.open && !entry.gone) await settleCopies(entry, paths.folder, names);
  }
  const isListed = manifest.files.some((entry) => entry.open && entry.name === paths.openName);
  if (names.has(paths.openName) && !isListed) {
    const entry = newEntry(paths.openName);
    manifest.files.push(entry);
    if (isDistrusted(join(paths.folder, entry.name))) await copyWhole(entry, context, { isForeign: true });
    else await takeStock(entry, context, { isForeign: true });
  }
  manifest.files = manifest.files.filter((entry) => !entry.gone || entry.ranges.length > 0);
  if (JSON.stringify(manifest) !== before) await writeManifest(paths.manifest, manifest);
  return manifest;
}

/** Finishes closing a file that was being closed when the last process ended. */
async function finishClosing(
  entry: FileEntry,
  name: string,
  manifest: Manifest,
  { paths: { folder }, config }: FilesContext,
  names: Set<string>,
): Promise<void> {
  const path = join(folder, entry.name);
  const next = manifest.files.find((other) => other.inPart && other.name === entry.name);
  const isClosed = names.has(name) || names.has(`${name}.gz`) || (next && !names.has(partOf(path)));
  if (names.has(entry.name) && !isClosed) {
    if (next) await cutTo(path, entry.bytes);
    await renameFile(path, join(folder, name));
    names.delete(entry.name);
  }
  entry.name = name;
  entry.open = false;
  if (config.compression === 'gzip') entry.compress = true;
  delete entry.becomes;
}

/** Brings the open file to an end that is on the disk; it counts as gone when it is not that file any more. */
async function resume(
  entry: FileEntry,
  manifest: Manifest,
  context: FilesContext,
  names: Set<string>,
): Promise<void> {
  const path = join(context.paths.folder, entry.name);
  if (entry.inPart) await adoptTail(entry, path, names);
  if (!names.has(entry.name) || !(await hasLineEndAt(path, entry.bytes))) {
    entry.open = false;
    entry.gone = true;
    return;
  }
  const { size } = await stat(path);
  if (size === entry.bytes && !entry.failed && !isDistrusted(path)) return;
  if (size <= MOST_COPIED_BYTES) return copyWhole(entry, context);
  manifest.files.push(await copyTail(entry, manifest, context, names));
  names.add(partOf(path));
  await writeManifest(context.paths.manifest, manifest);
}

/** Gives a file that holds the end of the one before it its name. */
async function adoptTail(entry: FileEntry, path: string, names: Set<string>): Promise<void> {
  if (names.has(partOf(path))) {
    await adoptPart(path);
    names.add(entry.name);
  }
  delete entry.inPart;
}

function partOf(path: string): string {
  return basename(partName(path));
}

async function hasLineEndAt(path: string, length: number): Promise<boolean> {
  if (length === 0) return true;
  const handle = await openOwn(path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, length - 1);
    return bytesRead === 1 && buffer[0] === LINE_FEED;
  } finally {
    await handle.close();
  }
}

/** Records the form of a closed file: plain, compressed, both (a crash while compressing) or missing (shipped). */
async function settleCopies(entry: FileEntry, folder: string, names: Set<string>): Promise<void> {
  const plain = entry.name.replace(/\.gz$/, '');
  const packed = `${plain}.gz`;
  const hasBoth = names.has(plain) && names.has(packed);
  if (hasBoth && (await isWholeCopy(join(folder, packed), entry.bytes))) {
    await syncFolder(folder);
    await rm(join(folder, plain));
    names.delete(plain);
  } else if (hasBoth) entry.compress = true; // the copy is not whole: it is written again
  if (names.has(plain)) entry.name = plain;
  else if (names.has(packed)) entry.name = packed;
  if (!names.has(plain)) delete entry.compress;
}
