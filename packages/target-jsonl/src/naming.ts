import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Logger, REJECTED_TABLE } from '@tap-webhooks/singer';
import type { Room, TableDefinition } from '@tap-webhooks/target-core';
import type { Config } from './config.js';

/** Where the files of a table are. All names are in `folder`. */
export interface TablePaths {
  readonly folder: string;
  /** Begins the names of the table's own files: `.data.manifest.json`, `.data.lock`. */
  readonly base: string;
  /** Name of the open file, which rows are appended to. */
  readonly openName: string;
  readonly manifest: string;
  readonly lock: string;
}

/** One table on disk: where its files are, and by which settings they are written. */
export interface FilesContext {
  readonly paths: TablePaths;
  /** Name of the stream that opened it, for sentences. */
  readonly stream: string;
  readonly config: Config;
  readonly log: Logger;
  readonly room: Room;
}

/** Longest part of a name that comes from a stream, in bytes: within the usual 255 it leaves room for what is added. */
const MAX_NAME_BYTES = 180;

// Separators, what Windows refuses, control and format characters, and halves of surrogate pairs.
const HOSTILE = /[/\\:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;
// How changed names and names of closed files end. A name that already ends so is changed too, so that no two are equal.
const MARKED = /(~[0-9a-f]{8}|\.\d{6,})$/;

/**
 * A file or folder name for a name that came with the data: one path segment that every usual file system accepts. A valid name
 * stays as it is; any other gets a digest of itself, so that two names never become one.
 */
export function safeName(name: string): string {
  let safe = name
    .slice(0, MAX_NAME_BYTES + 1)
    .replace(HOSTILE, '_')
    .replace(/^[. ]+/, '_')
    .replace(/[. ]+$/, '_');
  while (Buffer.byteLength(safe) > MAX_NAME_BYTES) safe = safe.slice(0, -1);
  if (safe !== '' && safe === name && !DEVICE.test(safe) && !MARKED.test(safe)) return name;
  // Cutting may leave half of a surrogate pair, which UTF-8 cannot express.
  safe = safe.replace(/\p{Cs}$/u, '').replace(DEVICE, '_$1$2');
  const digest = createHash('sha256').update(JSON.stringify(name)).digest('hex').slice(0, 8);
  return `${safe}~${digest}`;
}

/** The start of the run as the Hub's target-jsonl writes it into names: local time, `20260131T235959`. */
export function timestamp(now: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${day}T${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

/** The paths of a table. The same stream and settings give the same paths on every machine. */
export function tablePaths(table: TableDefinition, config: Config, startedAt: Date): TablePaths {
  const destination = config.destination_path.replace(/^~(?=\/|$)/, homedir()) || '.';
  const isHub = config.file_naming === 'hub';
  const folder = !isHub && table.schemaName ? join(destination, safeName(table.schemaName)) : destination;
  const base = safeName(customName(table, config) ?? (isHub ? table.stream : table.tableName));
  const openName = config.do_timestamp_file ? `${base}-${timestamp(startedAt)}.jsonl` : `${base}.jsonl`;
  return {
    folder,
    base,
    openName,
    manifest: join(folder, `.${base}.manifest.json`),
    lock: join(folder, `.${base}.lock`),
  };
}

/** The setting `custom_name`, unless the table is that of rejected records, which never share a file with rows. */
export function customName(table: TableDefinition, config: Config): string | undefined {
  return table.tableName === REJECTED_TABLE || config.custom_name === '' ? undefined : config.custom_name;
}

/** Name of a closed file: `data.jsonl` becomes `data.000001.jsonl`. */
export function closedName(openName: string, number: number): string {
  return openName.replace(/\.jsonl$/, `.${String(number).padStart(6, '0')}.jsonl`);
}
