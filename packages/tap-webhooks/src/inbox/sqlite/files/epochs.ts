import type { JsonObject } from '@tap-webhooks/singer';
import { type Database, inTransaction, numberOf } from '../database.js';
import { putMeta } from '../meta.js';
import { type Change, withChanges } from '../schema-changes.js';
import { schemaDigest } from '../schemas.js';

/**
 * Gives versions of schemas their epochs, once per file: earlier programs stored all of them in the first one. Their rules may
 * have changed the key or `latest_by`, which later versions must not bring to earlier rows.
 */

/** Says of a new file that its versions have epochs. Inside a transaction. */
export function markNumbered(database: Database): void {
  putMeta(database, 'epochs', 1);
}

export function numberEpochsOnce(database: Database): void {
  if (isNumbered(database)) return;
  inTransaction(database, () => {
    if (!isNumbered(database)) numberEpochs(database); // another process may have been quicker
  });
}

function isNumbered(database: Database): boolean {
  return numberOf(database, "SELECT count(*) FROM meta WHERE name = 'epochs'") > 0;
}

/**
 * Inside a transaction. Only versions from the first changed key on are written. A stream that has several epochs was numbered
 * before: a copy may have lost what says so.
 */
export function numberEpochs(database: Database): void {
  const streams = database.prepare('SELECT id, name FROM streams').all() as Array<{
    id: number;
    name: string;
  }>;
  for (const { id, name } of streams)
    for (const row of rowsInLaterEpochs(database, id)) putEpoch(database, name, row);
  markNumbered(database);
}

interface SchemaRow {
  readonly stream: number;
  readonly version: number;
  readonly epoch: number;
  readonly description: string;
  readonly base: number | null;
  readonly digest: string | null;
}

function rowsInLaterEpochs(database: Database, stream: number): SchemaRow[] {
  const rows = database
    .prepare('SELECT * FROM schemas WHERE stream = ? ORDER BY version')
    .iterate(stream) as Iterable<SchemaRow>;
  const later: SchemaRow[] = [];
  let known: JsonObject = {};
  let rules: string | undefined;
  let epoch = 1;
  for (const row of rows) {
    if (row.epoch !== 1) return [];
    known = described(row, known);
    const now = JSON.stringify([known.keyProperties, known.latestBy]);
    if (rules !== undefined && now !== rules) epoch += 1;
    rules = now;
    if (epoch > 1) later.push({ ...row, epoch });
  }
  return later;
}

/** A version that the disk has damaged says nothing of the rules. */
function described({ description, base }: SchemaRow, before: JsonObject): JsonObject {
  try {
    const parsed: unknown = JSON.parse(description);
    return base === null ? (parsed as JsonObject) : withChanges(before, parsed as Change[]);
  } catch {
    return before;
  }
}

/** The digest covers the epoch, except that of the first. One that did not fit before must not fit now. */
function putEpoch(database: Database, name: string, row: SchemaRow): void {
  const { stream, version, description, base, epoch, digest } = row;
  const isIntact = digest === schemaDigest(name, version, description, base, 1);
  database
    .prepare('UPDATE schemas SET epoch = ?, digest = ? WHERE stream = ? AND version = ?')
    .run(epoch, isIntact ? schemaDigest(name, version, description, base, epoch) : digest, stream, version);
}
