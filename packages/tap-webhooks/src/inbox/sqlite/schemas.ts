import type { JsonObject } from '@tap-webhooks/singer';
import { rowDigest } from '../digest.js';
import type { IntegrationRules, StreamSchema } from '../inbox.js';
import { freshShape, schemaOf as schemaOfRules } from '../shapes.js';
import type { Database } from './database.js';
import { DamagedRow } from './failure.js';
import { putMeta } from './meta.js';
import { type Change, changesOf, withChanges } from './schema-changes.js';

/**
 * Versions of schemas. A version is stored whole, or as what it adds to the one before it: a stream whose events bring new
 * names would otherwise store all its columns again for each name.
 */

interface SchemaRow {
  readonly stream: number;
  readonly name: string;
  readonly version: number;
  readonly epoch: number;
  readonly description: string;
  readonly base: number | null;
}

const SCHEMAS =
  'SELECT stream, name, version, epoch, description, base FROM schemas JOIN streams ON streams.id = schemas.stream';

/** Returns the newest schema of every stream that has one, by name. */
export function newestSchemas(database: Database): StreamSchema[] {
  const newest = 'version = (SELECT max(version) FROM schemas AS other WHERE other.stream = schemas.stream)';
  const rows = database.prepare(`${SCHEMAS} WHERE ${newest} ORDER BY name`).all() as SchemaRow[];
  return rows.map((row) => schemaOf(database, row));
}

/**
 * Returns a version of a stream's schema, or the next one that is kept: versions that no kept event needs are trimmed, and
 * the next one holds those rows too. Undefined when there is none.
 */
export function schemaFrom(database: Database, stream: string, version: number): StreamSchema | undefined {
  const sql = `${SCHEMAS} WHERE name = ? AND version >= ? ORDER BY version LIMIT 1`;
  const row = database.prepare(sql).get(stream, version) as SchemaRow | undefined;
  return row && schemaOf(database, row);
}

/** Returns the newest version of the epoch that `schemaFrom` would return a version of. */
export function newestOfEpoch(database: Database, stream: string, version: number): StreamSchema | undefined {
  const [first] = database
    .prepare(`${SCHEMAS} WHERE name = ? AND version >= ? ORDER BY version LIMIT 1`)
    .all(stream, version) as SchemaRow[];
  if (!first) return undefined;
  const newest = database
    .prepare(`${SCHEMAS} WHERE stream = ? AND version >= ? AND epoch = ? ORDER BY version DESC LIMIT 1`)
    .get(first.stream, first.version, first.epoch) as SchemaRow;
  return schemaOf(database, newest);
}

function schemaOf(database: Database, row: SchemaRow): StreamSchema {
  const description = asDescription(descriptionOf(database, row));
  return { stream: row.name, version: row.version, epoch: row.epoch, ...description };
}

/** What a version describes, without what names it. */
type Description = Omit<StreamSchema, 'stream' | 'version' | 'epoch'>;

function descriptionOf(database: Database, { stream, version, description, base }: SchemaRow): JsonObject {
  if (base === null) return parsed(description);
  const rows = database
    .prepare(
      `SELECT description, base FROM schemas WHERE stream = ?1 AND version <= ?2 AND version >=
         (SELECT max(version) FROM schemas WHERE stream = ?1 AND version <= ?2 AND base IS NULL) ORDER BY version`,
    )
    .all(stream, version) as Array<Pick<SchemaRow, 'description' | 'base'>>;
  const [whole, ...changed] = rows.map((row) => parsed<JsonObject | Change[]>(row.description));
  return withChanges((whole ?? {}) as JsonObject, (changed as Change[][]).flat());
}

/** @throws DamagedRow */
function parsed<T>(description: string): T {
  try {
    return JSON.parse(description) as T;
  } catch (cause) {
    throw new DamagedRow('a schema is not the JSON that was stored', { cause });
  }
}

/** One row to store: the description, and the version that it adds to; null when it is whole. */
export interface SchemaToStore {
  readonly epoch: number;
  readonly description: string;
  readonly base: number | null;
  readonly digest: string;
}

/** @param before the newest stored version; undefined to store the schema whole. */
export function schemaToStore(schema: StreamSchema, before: StreamSchema | undefined): SchemaToStore {
  const changes = changesSince(schema, before);
  const description = JSON.stringify(changes ?? descriptionIn(schema));
  const base = changes === undefined ? null : schema.version - 1;
  const { stream, version, epoch } = schema;
  return { epoch, description, base, digest: schemaDigest(stream, version, description, base, epoch) };
}

/** The first epoch is left out, as in the digests of versions that were stored before there were others. */
export function schemaDigest(
  stream: string,
  version: number,
  description: string,
  base: number | null,
  epoch: number,
): string {
  return rowDigest(stream, version, description, base, ...(epoch === 1 ? [] : [epoch]));
}

/** The newest whole version of a stream's schema, and those that add to it: characters of what is stored. */
export interface Chain {
  readonly whole: number;
  readonly changes: number;
}

export function chainOf(database: Database, stream: number): Chain {
  const sql = `SELECT coalesce(sum(length(description)) FILTER (WHERE base IS NULL), 0) AS whole,
      coalesce(sum(length(description)) FILTER (WHERE base IS NOT NULL), 0) AS changes
    FROM schemas WHERE stream = ?1 AND version >=
      (SELECT max(version) FROM schemas WHERE stream = ?1 AND base IS NULL)`;
  return database.prepare(sql).get(stream) as unknown as Chain;
}

/**
 * Returns the chain with one more version. The next one is stored whole once the changes are as long as the whole version: so all
 * versions together take a few times what was added, and reading one reads at most about twice its size.
 */
export function chainWith({ whole, changes }: Chain, { description, base }: SchemaToStore): Chain {
  if (base === null) return { whole: description.length, changes: 0 };
  return { whole, changes: changes + description.length };
}

function changesSince(schema: StreamSchema, before: StreamSchema | undefined): Change[] | undefined {
  if (before?.version !== schema.version - 1) return undefined;
  return changesOf(descriptionIn(before), descriptionIn(schema));
}

function descriptionIn({ stream: _, version: __, epoch: ___, ...description }: StreamSchema): JsonObject {
  return description as unknown as JsonObject;
}

/**
 * Deletes versions that no kept event needs, inside a transaction. The newest always stays, and so does the whole version
 * that a kept one is based on.
 */
export function dropSchemas(database: Database, stream: string): void {
  database
    .prepare(
      `DELETE FROM schemas WHERE stream = :stream AND version < (
         SELECT max(version) FROM schemas WHERE stream = :stream AND base IS NULL AND version <= coalesce(
           (SELECT schema_version FROM events WHERE stream = :stream ORDER BY position LIMIT 1),
           (SELECT max(version) FROM schemas WHERE stream = :stream)))`.replaceAll(
        ':stream',
        '(SELECT id FROM streams WHERE name = ?1)',
      ),
    )
    .run(stream);
}

/** Stores every version whole, as format 1 does. */
export function makeSchemasWhole(database: Database): void {
  const rows = database
    .prepare(`${SCHEMAS} WHERE base IS NOT NULL ORDER BY stream, version`)
    .all() as SchemaRow[];
  const whole = rows.map((row) => [JSON.stringify(descriptionOf(database, row)), row] as const);
  const put = database.prepare(
    'UPDATE schemas SET description = ?, base = NULL WHERE stream = ? AND version = ?',
  );
  for (const [description, { stream, version }] of whole) put.run(description, stream, version);
}

/** Of a stream whose schemas are all lost. */
const NOTHING: Description = {
  schema: { type: 'object', properties: {} },
  keyProperties: [],
  splits: {},
};

/** Name in `meta` of the versions that hold nothing of what their stream had, in JSON: see `RepairedSchema`. */
export const REBUILT_SCHEMAS = 'rebuilt_schemas';

/** A version that has to be stored whole. */
export interface RepairedSchema {
  readonly schema: StreamSchema;
  /** True when no whole version before it is left, so that its keys and most of its columns are unknown. */
  readonly isRebuilt: boolean;
}

/**
 * Returns the versions that have to be stored whole, since a version that they add to is lost, or the newest one that events
 * need is lost itself. They hold the columns that are still known, and each at least those of the version before it.
 */
export function schemasToRepair(database: Database): RepairedSchema[] {
  const streams = database
    .prepare(
      `SELECT id, name, (SELECT max(schema_version) FROM events WHERE stream = streams.id) AS needed FROM streams`,
    )
    .all() as Array<{ id: number; name: string; needed: number | null }>;
  return streams.flatMap(({ id, name, needed }) => repairedOf(database, id, name, needed ?? 0));
}

function repairedOf(database: Database, stream: number, name: string, needed: number): RepairedSchema[] {
  const rows = database
    .prepare('SELECT version, epoch, description, base FROM schemas WHERE stream = ? ORDER BY version')
    .all(stream) as Array<Omit<SchemaRow, 'stream' | 'name'>>;
  const repaired: RepairedSchema[] = [];
  const repair = (version: number, epoch: number) =>
    repaired.push({
      schema: { stream: name, version, epoch, ...asDescription(known) },
      isRebuilt: !isKnown,
    });
  let known = NOTHING as unknown as JsonObject;
  let isKnown = false;
  let newest = { version: 0, epoch: 1 };
  for (const { version, epoch, description, base } of rows) {
    const parsed = JSON.parse(description);
    isKnown ||= base === null;
    known = base === null ? parsed : withChanges(known, parsed);
    if (base !== null && base !== newest.version) repair(version, epoch);
    newest = { version, epoch };
  }
  if (needed > newest.version) repair(needed, newest.epoch);
  return repaired;
}

function asDescription(description: JsonObject): Description {
  return description as unknown as Description;
}

/**
 * Gives versions of which nothing was left the keys and columns of the rules, inside a transaction, before anything is emitted
 * under them. @returns whether there were any.
 */
export function fillRebuilt(database: Database, rules: ReadonlyMap<string, IntegrationRules>): boolean {
  const rebuilt = rebuiltIn(database);
  const left = rebuilt.filter(({ stream, version }) => {
    const one = rules.get(stream);
    const schema = one && schemaFrom(database, stream, version);
    if (schema?.version === version)
      storeWhole(
        database,
        schemaOfRules(one as IntegrationRules, schema, freshShape(one as IntegrationRules, schema)),
      );
    return one === undefined;
  });
  if (left.length < rebuilt.length) putMeta(database, REBUILT_SCHEMAS, JSON.stringify(left));
  return left.length < rebuilt.length;
}

function rebuiltIn(database: Database): Array<{ readonly stream: string; readonly version: number }> {
  const row = database.prepare('SELECT value FROM meta WHERE name = ?').get(REBUILT_SCHEMAS);
  return row ? JSON.parse((row as { value: string }).value) : [];
}

/** Stores a version whole, in place of what is stored of it. */
export function storeWhole(database: Database, schema: StreamSchema): void {
  const { epoch, description, base, digest } = schemaToStore(schema, undefined);
  database
    .prepare(
      `INSERT OR REPLACE INTO schemas (stream, version, epoch, description, base, digest)
       SELECT id, ?2, ?3, ?4, ?5, ?6 FROM streams WHERE name = ?1`,
    )
    .run(schema.stream, schema.version, epoch, description, base, digest);
}
