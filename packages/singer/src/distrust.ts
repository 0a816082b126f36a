import { closeSync, constants, lstatSync, openSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOT_PLANTED } from './rights.js';

/**
 * Marks of files that failed to be synced, or to be written with an I/O error: what can be read of such a file may be in the page
 * cache only, and a later sync proves nothing ("Can Applications Recover from fsync Failures?", USENIX ATC 2020). The marks are for
 * a disk that refuses even the small file beside it that says so, as one does that turned read-only. They are empty files outside of
 * that disk. The first folder is memory that, like the page cache, outlives the process but not the machine; only Linux has it, and
 * a container may begin with a new one. A mark that is older than the page cache costs one copy of the file.
 */
const FOLDERS = process.platform === 'linux' ? ['/dev/shm', tmpdir()] : [tmpdir()];

/** Creates a file, and heeds nothing that was put in its place: every user can write to these folders. */
const TOUCH = constants.O_WRONLY | constants.O_CREAT | NOT_PLANTED;

/** Marks a file, wherever that is possible. It never throws. */
export function distrust(path: string): void {
  for (const mark of tried(() => marksOf(path)) ?? []) tried(() => closeSync(openSync(mark, TOUCH, 0o600)));
}

/**
 * Returns whether a file was marked; false when it is not there. A mark counts only from a user who could write the file: others
 * must not make a program copy it.
 */
export function isDistrusted(path: string): boolean {
  return marksOf(path).some((mark) => {
    const found = tried(() => lstatSync(mark));
    if (!found) return false;
    const writers = [0, process.geteuid?.() ?? found.uid, tried(() => statSync(path))?.uid];
    return writers.includes(found.uid);
  });
}

/** The time of birth tells a file from a later one with the same number. */
function marksOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  const name = `tap-webhooks-${stat.dev}-${stat.ino}-${Math.floor(stat.birthtimeMs)}`;
  return FOLDERS.map((folder) => join(folder, name));
}

/** Returns the result of a call; undefined when it fails. */
function tried<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
