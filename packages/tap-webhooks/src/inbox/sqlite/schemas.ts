import type { StreamSchema } from '../inbox.js';
import type { Database } from './database.js';

interface SchemaRow {
  readonly name: string;
  readonly version: number;
  readonly description: string;
}

const SCHEMAS = 'SELECT name, version, description FROM schemas JOIN streams ON streams.id = schemas.stream';

/** Returns the newest schema of every stream that has one, by name. */
export function newestSchemas(database: Database): StreamSchema[] {
  const newest = 'version = (SELECT max(version) FROM schemas AS other WHERE other.stream = schemas.stream)';
  const rows = database.prepare(`${SCHEMAS} WHERE ${newest} ORDER BY name`).all() as SchemaRow[];
  return rows.map(schemaOf);
}

/**
 * Returns a version of a stream's schema, or the next one that is kept: versions that no kept event needs are trimmed, and
 * the next one holds those rows too. Undefined when there is none.
 */
export function schemaFrom(database: Database, stream: string, version: number): StreamSchema | undefined {
  const sql = `${SCHEMAS} WHERE name = ? AND version >= ? ORDER BY version LIMIT 1`;
  const row = database.prepare(sql).get(stream, version) as SchemaRow | undefined;
  return row && schemaOf(row);
}

function schemaOf({ name, version, description }: SchemaRow): StreamSchema {
  return { stream: name, version, ...JSON.parse(description) };
}
