import {
  isMarked,
  type JsonSchema,
  MOST_SCHEMA_LEVELS,
  type SchemaMessage,
  targetColumns,
} from '@tap-webhooks/singer';
import { type InputLine, schemaTooDeep, schemaWithoutProperties } from './errors.js';
import type { TableDefinition } from './loader.js';
import { metadataWriter, type RowWriter, verbatimWriter } from './rows.js';
import { addsOnly } from './schema-change.js';
import type { TargetSettings } from './settings.js';
import { splitStreamName } from './table-name.js';

/** A SCHEMA message, prepared for the records that follow it. */
export interface StreamSchema {
  readonly message: SchemaMessage;
  /** Equal when the same SCHEMA is sent again. */
  readonly text: string;
  readonly table: TableDefinition;
  readonly write: RowWriter;
  /** Names of the fields that the schema or the target knows: others are mentioned in the log. */
  readonly columns: ReadonlySet<string>;
}

/** A text that is the same for SCHEMA messages of the same meaning. */
function textOf({ schema, key_properties }: SchemaMessage): string {
  return JSON.stringify([schema, key_properties]);
}

/**
 * Checks a SCHEMA message, and prepares what its records need.
 * @param syncStartedAt epoch ms, of the start of this run.
 * @throws ToolkitError `schema_too_deep` or `schema_without_properties`, exit 2.
 */
export function readSchema(
  message: SchemaMessage,
  line: InputLine,
  settings: TargetSettings,
  syncStartedAt: number,
): StreamSchema {
  const { stream, schema } = message;
  if (message.levels > MOST_SCHEMA_LEVELS) throw schemaTooDeep(line, stream, message.levels);
  const { properties } = schema;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    throw schemaWithoutProperties(line, stream);
  }
  return {
    message,
    text: textOf(message),
    table: definitionOf(message, settings),
    write: settings.add_record_metadata ? metadataWriter(schema, syncStartedAt) : verbatimWriter,
    columns: new Set([...Object.keys(properties), ...Object.keys(targetColumns(schema))]),
  };
}

/**
 * The table that a stream is loaded into. Its schema is that of the rows as they are loaded: a tap's schema of a column that
 * the target writes itself is replaced.
 */
export function definitionOf(
  {
    stream,
    schema,
    key_properties: keyProperties,
  }: Pick<SchemaMessage, 'stream' | 'schema' | 'key_properties'>,
  settings: Pick<TargetSettings, 'add_record_metadata' | 'default_target_schema'>,
): TableDefinition {
  const properties = { ...(schema.properties as JsonSchema | undefined), ...targetColumns(schema) };
  return {
    stream,
    ...splitStreamName(stream, settings.default_target_schema),
    schema: settings.add_record_metadata ? { ...schema, properties } : schema,
    keyProperties,
    hasIdentity: isMarked(schema),
  };
}

/** True when rows that were batched under `before` may be loaded into a table with the schema `after`. */
export function onlyAddsColumns(before: StreamSchema, after: StreamSchema): boolean {
  return (
    before.table.hasIdentity === after.table.hasIdentity &&
    JSON.stringify(before.table.keyProperties) === JSON.stringify(after.table.keyProperties) &&
    addsOnly(before.message.schema, after.message.schema)
  );
}
