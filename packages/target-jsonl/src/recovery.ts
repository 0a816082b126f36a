import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwn, renameFile, syncFolder } from '@tap-webhooks/singer';
import { isWholeCopy } from './compression.js';
import { linesOf, readPlain, readRow } from './lines.js';
import type { FileEntry, Manifest } from './manifest.js';
import { newEntry, readManifest, widen, writeManifest } from './manifest.js';
import type { FilesContext } from './naming.js';

const LINE_FEED = 10;

/**
 * Repairs a table's folder after a crash, and returns its manifest. Closing and compressing files is finished, incomplete rows are
 * cut off, and the manifest matches the files again.
 * @throws ToolkitError `manifest_unreadable`, exit 3; otherwise what the file system throws.
 */
export async function recover(context: FilesContext): Promise<Manifest> {
  const { paths, stream } = context;
  const manifest = (await readManifest(paths.manifest, stream)) ?? { format: 2, next: 1, files: [] };
  const before = JSON.stringify(manifest);
  const names = new Set(await readdir(paths.folder));
  for (const entry of manifest.files) {
    if (entry.becomes) await finishClosing(entry, entry.becomes, context, names);
    else if (entry.open) await resume(entry, context, names);
    else if (!entry.gone) await settleCopies(entry, paths.folder, names);
  }
  const isListed = manifest.files.some((entry) => entry.open && entry.name === paths.openName);
  if (names.has(paths.openName) && !isListed) {
    const entry = newEntry(paths.openName);
    manifest.files.push(entry);
    await takeStock(entry, context, { isForeign: true });
  }
  manifest.files = manifest.files.filter((entry) => !entry.gone || entry.ranges.length > 0);
  if (JSON.stringify(manifest) !== before) await writeManifest(paths.manifest, manifest);
  return manifest;
}

/** Finishes closing a file that was being closed when the last process ended. */
async function finishClosing(
  entry: FileEntry,
  name: string,
  { paths: { folder }, config }: FilesContext,
  names: Set<string>,
): Promise<void> {
  if (names.has(entry.name) && !names.has(name) && !names.has(`${name}.gz`)) {
    await renameFile(join(folder, entry.name), join(folder, name));
    names.delete(entry.name);
  }
  entry.name = name;
  entry.open = false;
  if (config.compression === 'gzip') entry.compress = true;
  delete entry.becomes;
}

/** Reads the open file from its recorded length on; it counts as gone when it is not that file any more. */
async function resume(entry: FileEntry, context: FilesContext, names: Set<string>): Promise<void> {
  if (names.has(entry.name) && (await hasLineEndAt(join(context.paths.folder, entry.name), entry.bytes))) {
    await takeStock(entry, context);
    return;
  }
  entry.open = false;
  entry.gone = true;
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

/**
 * Reads a file of lines from its recorded length on and adds its rows to the entry. Anything after the last whole row is cut off.
 * The rows are synced before they count: a killed process may have left some that are in memory only.
 * @param options.isForeign the file existed before any manifest: all of its whole lines stay, rows or not.
 */
export async function takeStock(
  entry: FileEntry,
  { paths, stream, log }: FilesContext,
  { isForeign = false } = {},
): Promise<void> {
  const { folder } = paths;
  const path = join(folder, entry.name);
  await (await openOwn(path, 'r')).close(); // refuses a link or a pipe that was put in its place
  const { size } = await stat(path);
  if (size === entry.bytes) return;
  let good = entry.bytes;
  let isEnded = true;
  let strange = 0;
  let strangeBefore = 0;
  for await (const line of linesOf(readPlain(path, entry.bytes))) {
    const { whole, identity } = readRow(line.bytes);
    if (!whole) {
      strange += 1;
      if (!isForeign || !line.ended) continue;
      good = entry.bytes + line.end;
      isEnded = true;
      strangeBefore = strange;
    } else {
      good = entry.bytes + line.end;
      isEnded = line.ended;
      strangeBefore = strange;
      if (identity) widen(entry.ranges, identity);
    }
  }
  entry.bytes = await repairEnd(path, good, isEnded);
  await syncFolder(folder);
  const { name: file } = entry;
  if (size > good)
    log.warn({ stream, file, bytes: size - good }, 'cut off bytes that a crash left unfinished');
  if (strangeBefore > 0)
    log.warn({ stream, file, lines: strangeBefore }, 'lines that are not rows stay as they are');
}

/** Cuts the file so that it ends with a whole, synced line, and returns its length. */
async function repairEnd(path: string, good: number, isEnded: boolean): Promise<number> {
  const handle = await openOwn(path, 'r+');
  try {
    await handle.truncate(good);
    if (!isEnded) await handle.write('\n', good);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return isEnded ? good : good + 1;
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
