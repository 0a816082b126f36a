import { readFile } from 'node:fs/promises';
import { replaceFile } from '@tap-webhooks/singer';
import { manifestUnreadable } from './errors.js';

/** Positions of one inbox in one file, both ends included. Not every position between them need be there. */
export interface PositionRange {
  readonly inbox: string;
  first: number;
  last: number;
}

/** One file of a table. */
export interface FileEntry {
  /** Name in the table's folder; ends in `.gz` once it is compressed. */
  name: string;
  /** Rows are appended to it. */
  open: boolean;
  /** Length in bytes of the plain lines that `ranges` covers. Anything after it is read when the table is opened. */
  bytes: number;
  /** UTC, ISO 8601: when it was begun. */
  since: string;
  ranges: PositionRange[];
  /** The file is being closed and gets this name. */
  becomes?: string;
  /** It is to be compressed, and is not yet. */
  compress?: true;
  /** It was replaced or removed while it was open: its ranges count as loaded, and its name may be another file's now. */
  gone?: true;
}

/** What a table's folder cannot tell by itself. */
export interface Manifest {
  readonly format: 1;
  /** Number that the next closed file gets. */
  next: number;
  files: FileEntry[];
}

/** The manifest at `path`; undefined when there is none. */
export async function readManifest(path: string, stream: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch {
    throw manifestUnreadable(stream, path, 'is not JSON');
  }
  if (manifest?.format !== 1)
    throw manifestUnreadable(stream, path, 'has a format that this version does not know');
  if (!isWhole(manifest)) throw manifestUnreadable(stream, path, 'lacks members that it must have');
  return manifest;
}

function isWhole(manifest: Manifest): boolean {
  return (
    Number.isSafeInteger(manifest.next) &&
    Array.isArray(manifest.files) &&
    manifest.files.every(
      (file) =>
        typeof file.name === 'string' &&
        !/[/\\]/.test(file.name + (file.becomes ?? '')) &&
        Number.isSafeInteger(file.bytes) &&
        Array.isArray(file.ranges),
    )
  );
}

/** Replaces the manifest: durable when it resolves, and a crash leaves the old one or the new one. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await replaceFile(path, `${JSON.stringify(manifest, null, 1)}\n`);
}

export function newEntry(name: string, now = new Date()): FileEntry {
  return { name, open: true, bytes: 0, since: now.toISOString(), ranges: [] };
}

/** Extends a file's ranges by a position. */
export function widen(ranges: PositionRange[], inbox: string, position: number): void {
  const range = ranges.find((known) => known.inbox === inbox);
  if (range === undefined) ranges.push({ inbox, first: position, last: position });
  else if (position > range.last) range.last = position;
  else if (position < range.first) range.first = position;
}
