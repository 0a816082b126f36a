import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import type { TableDefinition } from '@tap-webhooks/target-core';
import type { Labels } from '../api/service.js';
import type { Config } from '../config.js';
import { datasetMissing, spoolFailed, tableLocked } from '../errors.js';
import type { TableRef } from '../table-ref.js';

/** Labels that show the cost of a stream, in addition to the user's own. An integration is known by its dataset. */
export function jobLabels(own: Labels, stream: string, dataset: string): Labels {
  return {
    ...own,
    target: 'target-bigquery',
    stream: labelValue(stream),
    integration: labelValue(dataset),
  };
}

/** "Requirements for labels": at most 63 characters, lower case letters, digits, `_` and `-`. */
function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '_')
    .slice(0, 63);
}

/** What job ids know of a table. */
export interface TableIdentity {
  readonly project: string;
  readonly ref: TableRef;
}

/**
 * Id of the load job whose first row is the first unloaded position of an inbox. Every process that loads that row next, on
 * any machine, uses this id, and the service runs an id once. So an upload of a process that died long ago, when it still
 * arrives, collides with its successor instead of doubling its rows. Attempt n + 1 is used only when attempt n is known to be over.
 *
 * The creation time of the table is not part of it, because an upload meant for a dropped table of that name loads into the
 * table that replaced it. Jobs for the dropped table are met again, but that they are over proves nothing: the table is asked.
 */
export function jobId(
  { project, ref }: TableIdentity,
  inbox: string,
  first: number,
  attempt: number,
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([project, ref.dataset, ref.table, inbox]))
    .digest('hex')
    .slice(0, 32);
  return `sdc_${hash}_${first}_${attempt}`;
}

/**
 * Keeps out a second process with the same spool folder. A process elsewhere is harmless: it uses the same job id for the same
 * row, and the service runs an id once.
 */
export async function lockTable(stream: string, ref: TableRef, { lock: path }: TablePaths): Promise<Lock> {
  let lock: Lock | undefined;
  try {
    lock = await acquireLock(path);
  } catch (cause) {
    throw spoolFailed(ref, cause);
  }
  if (lock === undefined) throw tableLocked(stream, ref, path);
  return lock;
}

/** "Dataset naming" and "Table naming" of the BigQuery documentation, in bytes and without what needs quotes elsewhere. */
const LONGEST_NAME = 1024;

/** The table of a stream. What a name may not hold becomes `_`. */
export function tableRef({ stream, schemaName, tableName }: TableDefinition, config: Config): TableRef {
  const dataset = schemaName ?? config.dataset;
  if (dataset === undefined) throw datasetMissing(stream);
  return { dataset: cleaned(dataset), table: cleaned(tableName) };
}

function cleaned(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, LONGEST_NAME);
}

/** Files that belong to one table, in the spool folder. */
export interface TablePaths {
  readonly lock: string;
  readonly note: string;
  readonly spool: string;
}

/** Paths with names that people recognise, and that differ when project, endpoint or table differ. */
export function tablePaths(config: Config, { dataset, table }: TableRef): TablePaths {
  const all = JSON.stringify([config.api_endpoint ?? '', config.project, dataset, table]);
  const hash = createHash('sha256').update(all).digest('hex').slice(0, 12);
  const base = join(config.spool_path, `${dataset.slice(0, 60)}.${table.slice(0, 60)}-${hash}`);
  return { lock: `${base}.lock`, note: `${base}.note.json`, spool: `${base}.ndjson` };
}
