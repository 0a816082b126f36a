import { constants } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Makes names in a folder durable: files created, renamed and removed in it (fsync(2) of the folder itself). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a folder with all its parents; every name that was new is durable when it resolves. */
export async function makeFolder(folder: string): Promise<void> {
  const wanted = resolve(folder);
  const first = await mkdir(wanted, { recursive: true });
  if (first === undefined) return;
  const top = dirname(first);
  for (let parent = dirname(wanted); ; parent = dirname(parent)) {
    await syncFolder(parent);
    if (parent === top) return;
  }
}

/** Name of the unfinished copy of a file: hidden, and written anew when a crash left it behind. */
export function partName(path: string): string {
  return join(dirname(path), `.${basename(path).replace(/^\./, '')}.part`);
}

/** Gives a finished part file its name, for good. */
export async function adoptPart(path: string): Promise<void> {
  await rename(partName(path), path);
  await syncFolder(dirname(path));
}

/** Replaces a small file as a whole: after a crash at any moment it holds the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const handle = await open(partName(path), 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await adoptPart(path);
}
