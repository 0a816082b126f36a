import type { JsonSchema } from '@tap-webhooks/singer';

const IDENTITY = ['_sdc_inbox', '_sdc_position'] as const;

const time = { type: ['null', 'string'], format: 'date-time' } as const;
const integer = { type: ['null', 'integer'] } as const;

/** Added to the rows of every other tap: the seven columns of the Singer SDK, with its meaning. */
const SDK_COLUMNS = {
  _sdc_extracted_at: time,
  _sdc_received_at: time,
  _sdc_batched_at: time,
  _sdc_deleted_at: time,
  _sdc_sequence: integer,
  _sdc_table_version: integer,
  _sdc_sync_started_at: integer,
} as const;

/** Added to the rows of marked streams, whose tap sends all others. */
const BATCHED_AT = { _sdc_batched_at: time } as const;

/**
 * True when the SCHEMA promises that (`_sdc_inbox`, `_sdc_position`) names each row. Columns of these names mean nothing in
 * any other stream.
 */
export function hasIdentity(schema: JsonSchema): boolean {
  const names = schema['x-sdc-identity'];
  return (
    Array.isArray(names) && names.length === IDENTITY.length && IDENTITY.every((name) => names.includes(name))
  );
}

/** Names of the columns that the target writes itself: what a tap sends under them is dropped. */
export function columnsOfTarget(schema: JsonSchema): ReadonlySet<string> {
  return new Set(Object.keys(hasIdentity(schema) ? BATCHED_AT : SDK_COLUMNS));
}

/** The schema of rows as they are loaded. A tap's schema of a column that the target writes is replaced. */
export function withSystemColumns(schema: JsonSchema): JsonSchema {
  const added = hasIdentity(schema) ? BATCHED_AT : SDK_COLUMNS;
  return { ...schema, properties: { ...(schema.properties as JsonSchema), ...added } };
}
