import {
  isMarked,
  LIMIT,
  MOST_SCHEMA_LEVELS,
  recordProperties,
  type SchemaMessage,
  targetColumns,
} from '@tap-webhooks/singer';
import { type InputLine, maxLineBytesTooSmall, schemaTooDeep, schemaWithoutProperties } from './errors.js';
import type { TableDefinition } from './loader.js';
import { metadataWriter, type RowWriter, verbatimWriter } from './rows.js';
import { unionOf } from './schema-change.js';
import type { TargetSettings } from './settings.js';
import { withSharedParts } from './shared-parts.js';
import { splitStreamName } from './table-name.js';

/** A SCHEMA message, prepared for the records that follow it. */
export interface StreamSchema {
  readonly message: SchemaMessage;
  readonly table: TableDefinition;
  readonly write: RowWriter;
  /** Names of the fields that the schema or the target knows: others are mentioned in the log. */
  readonly columns: ReadonlySet<string>;
}

/**
 * Returns a further SCHEMA message of a stream, with the parts that did not change as the very objects of the one before: only
 * what is new of it has to be read.
 */
export function withPartsOf(before: SchemaMessage, message: SchemaMessage): SchemaMessage {
  return { ...message, schema: withSharedParts(before.schema, message.schema) };
}

/** True when the message says what the one before said, of which it has the parts. */
export function saysNothingNew(before: SchemaMessage, message: SchemaMessage): boolean {
  return (
    before.schema === message.schema &&
    JSON.stringify(before.key_properties) === JSON.stringify(message.key_properties)
  );
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
  const properties = recordProperties(schema);
  if (properties === undefined) throw schemaWithoutProperties(line, stream);
  return {
    message,
    table: definitionOf(message, settings),
    write: settings.add_record_metadata ? metadataWriter(message, syncStartedAt) : verbatimWriter,
    columns: new Set([...Object.keys(properties), ...Object.keys(targetColumns(schema))]),
  };
}

/**
 * Checks that every line of a marked stream can be read: its tap accepted each event for good, so one that is never read
 * would stop the pipe at every run.
 * @throws ToolkitError `max_line_bytes_too_small`, exit 1.
 */
export function requireLongLines({ stream, schema }: SchemaMessage, settings: TargetSettings): void {
  if (isMarked(schema) && settings.max_line_bytes < LIMIT.lineBytes)
    throw maxLineBytesTooSmall(stream, settings.max_line_bytes, LIMIT.lineBytes);
}

/**
 * The table that a stream is loaded into. Its schema is that of the rows as they are loaded: a tap's schema of a column that
 * the target writes itself is replaced, and properties that the tap's schema refers to are among its `properties`.
 */
export function definitionOf(
  {
    stream,
    schema,
    key_properties: keyProperties,
  }: Pick<SchemaMessage, 'stream' | 'schema' | 'key_properties'>,
  settings: Pick<TargetSettings, 'add_record_metadata' | 'default_target_schema'>,
): TableDefinition {
  const own = recordProperties(schema);
  const added = settings.add_record_metadata ? targetColumns(schema) : {};
  return {
    stream,
    ...splitStreamName(stream, settings.default_target_schema),
    schema: own === undefined ? schema : { ...schema, properties: { ...own, ...added } },
    keyProperties,
    hasIdentity: isMarked(schema),
  };
}

/**
 * Returns a table that takes the rows of two SCHEMAs: `before` itself when it takes those of `after`. Undefined when rows that were
 * batched under `before` have to be loaded first.
 */
export function tableOfBoth(before: TableDefinition, after: TableDefinition): TableDefinition | undefined {
  const isSameKey = JSON.stringify(before.keyProperties) === JSON.stringify(after.keyProperties);
  if (!isSameKey || before.hasIdentity !== after.hasIdentity) return undefined;
  const schema = unionOf(before.schema, after.schema);
  return schema === before.schema ? before : schema && { ...after, schema };
}
