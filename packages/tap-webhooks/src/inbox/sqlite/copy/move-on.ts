import { closeSync, existsSync, openSync, readSync, rmSync } from 'node:fs';
import { distrust } from '@tap-webhooks/singer';
import { confirmedBookmarks } from '../consumer-files.js';
import { currentFile, fileAfter, namedFile, setCurrentFile } from '../files/current.js';
import { openForReading } from '../files/opening.js';
import { type CopyOptions, type CopyReport, copyInbox } from './copy.js';

/** An inbox that goes on in another file. */
export interface MovedOn {
  readonly from: string;
  readonly to: string;
  readonly report: CopyReport;
}

/**
 * Ends a file of the inbox, and goes on in another one: says that the file has failed, copies what can be read of it, and says
 * that the copy counts. Nothing is written to the old file, and it is kept. After a crash between any two steps, one whole file
 * counts. For the holder of the writer's lock. A generator: see `copyInbox`.
 */
export function* moveOn(
  folder: string,
  { skipUnreadable }: Pick<CopyOptions, 'skipUnreadable'>,
): Generator<void, MovedOn> {
  const from = currentFile(folder).path;
  const source = openForReading(folder, { mayBeOlder: true }); // what is no inbox cannot fail as one
  let to: string | undefined;
  try {
    // Before any row is read: a command that changes the file after that sees that the copy may be without the change.
    setCurrentFile(folder, { path: from, failed: true });
    yield;
    to = fileAfter(from, isTaken);
    const confirmed = confirmedBookmarks(folder);
    const report = yield* copyInbox(source, to, { skipUnreadable, confirmed });
    yield;
    letCount(folder, to);
    return { from, to, report };
  } finally {
    source.close();
    // a copy that does not count only takes room
    if (to !== undefined && namedFile(folder)?.path !== to) rmSync(to, { force: true });
  }
}

/** Says that the copy counts. When that cannot be made durable, it is tried again with another copy. */
function letCount(folder: string, copy: string): void {
  try {
    setCurrentFile(folder, { path: copy, failed: false });
  } catch (cause) {
    if (currentFile(folder).path !== copy) rmSync(copy);
    throw cause;
  }
}

/** So that the next process copies the file too, if this one does not get that far. A disk that fails may refuse to store it. */
export function sayFailed(folder: string, path: string): void {
  distrust(path);
  try {
    setCurrentFile(folder, { path, failed: true });
  } catch {
    // It is tried again before the copy is begun.
  }
}

/** Removes a copy that a crash left unfinished. @returns true for any other file, which is left alone. */
function isTaken(path: string): boolean {
  if (!existsSync(path)) return false;
  if (isMarked(path)) return true;
  rmSync(path);
  return false;
}

/** Place of SQLite's application_id in a file; a copy gets it last. */
const MARK_AT = 68;

function isMarked(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const mark = Buffer.alloc(4);
    return readSync(descriptor, mark, 0, mark.length, MARK_AT) === mark.length && mark.readUInt32BE() !== 0;
  } finally {
    closeSync(descriptor);
  }
}
