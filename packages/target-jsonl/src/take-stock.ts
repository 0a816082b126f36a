import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwn, syncFolder } from '@tap-webhooks/singer';
import { linesOf, readPlain, readRow } from './lines.js';
import type { FileEntry } from './manifest.js';
import { widen } from './manifest.js';
import type { FilesContext } from './naming.js';

/**
 * Reads a file of lines from its recorded length on and adds its rows to the entry. Anything after the last whole row is cut off.
 * The rows are synced before they count: a killed process may have left some that are in memory only.
 * @param options.isForeign the file existed before any manifest: all of its whole lines stay, rows or not.
 * @param options.path where the file is, when it does not have its name yet.
 */
export async function takeStock(
  entry: FileEntry,
  { paths: { folder }, stream, log }: FilesContext,
  { isForeign = false, path = join(folder, entry.name) } = {},
): Promise<void> {
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
