import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { partName, systemCode, ToolkitError } from '@tap-webhooks/singer';
import { failureOf } from '../failure.js';

/**
 * Room on the disk that is kept for the way back. When the disk is full, the file `reserve` is removed: then what was delivered
 * can be confirmed and deleted, which needs some room itself, and the inbox drains without a person. Webhooks are accepted
 * again once there is room for the reserve, so that they never use it up.
 */

const MOST_BYTES = 48 * 1024 * 1024;
/** The reserve takes at most this part of the disk. */
const PART_OF_DISK = 1 / 8;
/** Room beside the reserve, as a part of it, from which on it is made again. */
const MARGIN = 1 / 4;
const PIECE_BYTES = 1024 * 1024;

function pathIn(folder: string): string {
  return join(folder, 'reserve');
}

/** Removes the reserve. Any process may do so. @returns false when there was none. */
export function releaseReserve(folder: string): boolean {
  const isThere = hasReserve(folder);
  rmSync(pathIn(folder), { force: true });
  rmSync(partName(pathIn(folder)), { force: true });
  return isThere;
}

export function hasReserve(folder: string): boolean {
  return statSync(pathIn(folder), { throwIfNoEntry: false }) !== undefined;
}

/** Returns whether there is room for the reserve and some more. */
export function hasRoomForReserve(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= bytesOfReserve(folder) * (1 + MARGIN);
}

function bytesOfReserve(folder: string): number {
  const { blocks, bsize } = statfsSync(folder);
  return Math.min(MOST_BYTES, Math.floor(blocks * bsize * PART_OF_DISK));
}

/** Makes the reserve, in pieces. It holds noise, which no file system can store in less room. When it throws, none is left. */
export function* makeReserve(folder: string): Generator<void, void> {
  const part = partName(pathIn(folder));
  const noise = randomFillSync(new Uint8Array(PIECE_BYTES));
  const descriptor = openSync(part, 'w', 0o600);
  let isWhole = false;
  try {
    for (let left = bytesOfReserve(folder); left > 0; left -= PIECE_BYTES) {
      writeSync(descriptor, noise, 0, Math.min(left, PIECE_BYTES));
      yield;
    }
    fsyncSync(descriptor);
    isWhole = true;
  } finally {
    closeSync(descriptor);
    if (!isWhole) rmSync(part, { force: true });
  }
  renameSync(part, pathIn(folder));
}

export function isNoRoom(cause: unknown): boolean {
  if (cause instanceof ToolkitError) return false;
  return failureOf(cause) === 'room' || ['ENOSPC', 'EDQUOT'].includes(systemCode(cause));
}

/** Does the work, and does it again without the reserve when there was no room for it. */
export async function withReserve<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNoRoom(cause) || !releaseReserve(folder)) throw cause;
    return await work();
  }
}

/** Like `withReserve`, and blocks the thread. */
export function withReserveSync<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!isNoRoom(cause) || !releaseReserve(folder)) throw cause;
    return work();
  }
}
