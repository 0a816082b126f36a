import { readFile } from 'node:fs/promises';
import { type RowIdentity, replaceFile } from '@tap-webhooks/singer';
import { manifestUnreadable } from './errors.js';

/** First and last position of one inbox in one file. Positions between them may be missing. */
export interface PositionRange {
  readonly inbox: string;
  first: number;
  last: number;
  /**
   * Highest sequence of these rows; null when one of them says none. Absent in a manifest of format 1: the file has to be read
   * before it can be told which rows are loaded.
   */
  sequence?: number | null;
}

/** One file of a table. */
export interface FileEntry {
  /** Name in the table's folder; ends in `.gz` once it is compressed. */
  name: string;
  /** True for the file to which rows are appended. */
  open: boolean;
  /** Length in bytes of the plain lines that `ranges` covers. Lines after it are read when the table is opened. */
  bytes: number;
  /** When the file was begun: UTC, ISO 8601. */
  since: string;
  ranges: PositionRange[];
  /** Name that the file is about to get, while it is being closed. */
  becomes?: string;
  /** Set while the file, which begins with the end of the one before it, waits under its part name for that one to be closed. */
  inPart?: true;
  /** Set when a sync or a write of the open file failed: nothing is appended to it any more. */
  failed?: true;
  /** Set when the file must still be compressed. */
  compress?: true;
  /** Set when the file was replaced or removed while open: its ranges count as loaded, and another file may have its name. */
  gone?: true;
}

/**
 * The files of a table, with what the folder itself cannot tell. Programs that know only format 1, whose ranges have no
 * sequence, refuse format 2: they would extend a range without its sequence.
 */
export interface Manifest {
  readonly format: 2;
  /** Number that the next closed file gets. */
  next: number;
  files: FileEntry[];
}

/** Returns the manifest at `path`; undefined when there is none. */
export async function readManifest(path: string, stream: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
  let manifest: Omit<Manifest, 'format'> & { readonly format: number };
  try {
    manifest = JSON.parse(text);
  } catch {
    throw manifestUnreadable(stream, path, 'is not JSON');
  }
  if (manifest?.format !== 1 && manifest?.format !== 2)
    throw manifestUnreadable(stream, path, 'has a format that this version does not know');
  if (!isWhole(manifest)) throw manifestUnreadable(stream, path, 'lacks members that it must have');
  return { ...manifest, format: 2 };
}

function isWhole(manifest: Omit<Manifest, 'format'>): boolean {
  return (
    Number.isSafeInteger(manifest.next) &&
    Array.isArray(manifest.files) &&
    manifest.files.every(
      (file) =>
        typeof file.name === 'string' &&
        !/[/\\]/.test(file.name + (file.becomes ?? '')) &&
        Number.isSafeInteger(file.bytes) &&
        Array.isArray(file.ranges) &&
        file.ranges.every(isRange),
    )
  );
}

function isRange({ inbox, first, last, sequence }: PositionRange): boolean {
  return (
    typeof inbox === 'string' &&
    Number.isSafeInteger(first) &&
    Number.isSafeInteger(last) &&
    (sequence === undefined || sequence === null || Number.isInteger(sequence))
  );
}

/** Replaces the manifest. It is durable when this resolves, and a crash leaves either the old one or the new one. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await replaceFile(path, `${JSON.stringify(manifest, null, 1)}\n`);
}

export function newEntry(name: string, now = new Date()): FileEntry {
  return { name, open: true, bytes: 0, since: now.toISOString(), ranges: [] };
}

/** Extends a file's ranges by a row. @returns the range that the row is in. */
export function widen(ranges: PositionRange[], row: RowIdentity): PositionRange {
  const { inbox, position, sequence = null } = row;
  const range = ranges.find((known) => known.inbox === inbox);
  if (range !== undefined) return extend(range, row);
  const begun: PositionRange = { inbox, first: position, last: position, sequence };
  ranges.push(begun);
  return begun;
}

/** Extends a range by a row of its inbox. */
export function extend(range: PositionRange, { position, sequence }: RowIdentity): PositionRange {
  if (position > range.last) range.last = position;
  else if (position < range.first) range.first = position;
  if (typeof range.sequence !== 'number') return range;
  if (sequence === undefined) range.sequence = null;
  else if (sequence > range.sequence) range.sequence = sequence;
  return range;
}

/** False when no row of the range can be that row of its inbox: the position is outside of it, or the sequence above it. */
export function mayHold(
  { first, last, sequence: highest }: PositionRange,
  { position, sequence }: Pick<RowIdentity, 'position' | 'sequence'>,
): boolean {
  if (position < first || position > last) return false;
  return typeof highest !== 'number' || sequence === undefined || sequence <= highest;
}
