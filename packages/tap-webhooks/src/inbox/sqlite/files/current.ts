import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { isDistrusted, replaceFileSync, systemCode } from '@tap-webhooks/singer';
import { currentGone, currentUnreadable } from '../../../errors.js';
import { numberOf } from '../database.js';

/**
 * Which file of an inbox counts. It is `inbox.sqlite` until a sync of that fails; then what can be read is copied into
 * `inbox-2.sqlite`, and the small file `current` names that one. `current` is replaced as a whole, so after a crash at any
 * moment one whole file counts.
 */
export interface CurrentFile {
  readonly path: string;
  /** True from the moment a sync or a write of it failed: nothing may be written to it any more, and it waits to be copied. */
  readonly failed: boolean;
}

const FIRST = 'inbox.sqlite';
const NAME = /^inbox(?:-[1-9]\d{0,8})?\.sqlite$/;

/** Path of the file that names the one that counts. */
export function pointerOf(folder: string): string {
  return join(folder, 'current');
}

/** @throws ToolkitError `current_unreadable` and `current_gone`, exit 7. */
export function currentFile(folder: string): CurrentFile {
  const found = namedFile(folder) ?? firstFile(folder);
  return { path: found.path, failed: found.failed || isDistrusted(found.path) };
}

/** Returns the file that `current` names; undefined without a `current`. @throws ToolkitError `current_unreadable`, exit 7. */
export function namedFile(folder: string): CurrentFile | undefined {
  const pointer = pointerOf(folder);
  try {
    const { file, failed } = JSON.parse(readFileSync(pointer, 'utf8')) as {
      file?: unknown;
      failed?: unknown;
    };
    if (typeof file !== 'string' || !NAME.test(file)) throw new TypeError('it names no file of an inbox');
    return { path: join(folder, file), failed: failed === true };
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw currentUnreadable(pointer, cause);
  }
}

/** A whole copy beside the first file shows that `current` was lost: the first file gave its place to the copy long ago. */
function firstFile(folder: string): CurrentFile {
  const copies = filesIn(folder).filter((name) => name !== FIRST && isWhole(join(folder, name)));
  const newest = copies.sort((one, other) => numberIn(one) - numberIn(other)).at(-1);
  if (newest !== undefined) throw currentGone(pointerOf(folder), newest);
  return { path: join(folder, FIRST), failed: false };
}

/** Returns whether a copy has the application id, which it gets last. A copy that cannot be read may be whole. */
function isWhole(path: string): boolean {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return numberOf(database, 'PRAGMA application_id') !== 0;
    } finally {
      database.close();
    }
  } catch {
    return true;
  }
}

/** Makes a file the one that counts; durable when it returns. */
export function setCurrentFile(folder: string, { path, failed }: CurrentFile): void {
  const text = `${JSON.stringify({ file: basename(path), ...(failed ? { failed } : {}) })}\n`;
  replaceFileSync(pointerOf(folder), text, { mode: 0o600 });
}

/** Returns a text that changes whenever `current` is replaced. Costs some microseconds. */
export function pointerStamp(folder: string): string {
  const stat = statSync(pointerOf(folder), { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeMs}` : '';
}

/** Returns the device and number of a file; an empty text when there is none. */
export function fileStamp(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.dev} ${stat.ino}` : '';
}

/** Returns the path after `path`: of `inbox.sqlite` it is `inbox-2.sqlite`. @param isTaken tells which paths cannot be used. */
export function fileAfter(path: string, isTaken: (path: string) => boolean): string {
  const folder = join(path, '..');
  let number = numberIn(path);
  for (;;) {
    number += 1;
    const next = join(folder, `inbox-${number}.sqlite`);
    if (!isTaken(next)) return next;
  }
}

/** Returns the number in the name of a file: 1 for `inbox.sqlite`, 2 for `inbox-2.sqlite`. */
function numberIn(path: string): number {
  return Number(/-(\d+)\.sqlite$/.exec(path)?.[1] ?? 1);
}

/** Returns the paths of files that counted before the one that does now. */
export function formerFiles(folder: string): string[] {
  const now = basename(currentFile(folder).path);
  return filesIn(folder)
    .filter((name) => name !== now)
    .map((name) => join(folder, name));
}

/** Returns the names of files of an inbox; none without a folder. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw cause;
  }
}
