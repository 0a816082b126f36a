import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolderSync } from '@tap-webhooks/singer';
import { noWayBack } from '../../../errors.js';
import { currentFile, setCurrentFile } from './current.js';

/** Files that SQLite keeps beside a database, and the database. */
const PARTS = ['-wal', '-shm', ''];

/**
 * Gives the file that counts the name `inbox.sqlite`, the only one that the previous version knows. The file that had it is kept as
 * `former-inbox.sqlite`. After a crash between any two steps, `current` names a file that is there. For the holder of the
 * writer's lock, when the file is closed. @throws ToolkitError `no_way_back` while another program reads it.
 */
export function giveFirstName(folder: string): void {
  const { path } = currentFile(folder);
  const first = join(folder, 'inbox.sqlite');
  if (path === first) return;
  if (sizeOf(`${path}-wal`) > 0) throw noWayBack('another program reads it: end that first');
  if (existsSync(first) && !isSame(first, path)) moveAway(folder, first);
  if (!existsSync(first)) linkSync(path, first);
  syncFolderSync(folder);
  setCurrentFile(folder, { path: first, failed: false });
  for (const part of PARTS) rmSync(`${path}${part}`, { force: true });
  syncFolderSync(folder);
}

/** The log first: beside another database of that name it would be taken for that one's. */
function moveAway(folder: string, first: string): void {
  const to = freeName(folder);
  for (const part of PARTS) if (existsSync(`${first}${part}`)) renameSync(`${first}${part}`, `${to}${part}`);
}

function freeName(folder: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `former-inbox${number === 1 ? '' : `-${number}`}.sqlite`);
    if (!existsSync(path)) return path;
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.dev === b.dev && a.ino === b.ino;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
