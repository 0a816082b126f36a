import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openOwn, partName, syncFile } from '@tap-webhooks/singer';
import { readPlain } from './lines.js';

/** Writes the compressed copy of a closed file, synced, under the part name of `<path>.gz`. Leaves no file when it fails. */
export async function compressToPart(path: string, mode: number): Promise<void> {
  const part = partName(`${path}.gz`);
  try {
    const copy = (await openOwn(part, 'w', mode)).createWriteStream();
    await pipeline(readPlain(path), createGzip(), copy);
    await syncFile(part);
  } catch (cause) {
    await rm(part, { force: true });
    throw cause;
  }
}

/** True when a compressed file is intact and unpacks to exactly so many bytes. */
export async function isWholeCopy(path: string, bytes: number): Promise<boolean> {
  let length = 0;
  try {
    for await (const chunk of readPlain(path) as AsyncIterable<Buffer>) length += chunk.length;
  } catch {
    return false;
  }
  return length === bytes;
}
