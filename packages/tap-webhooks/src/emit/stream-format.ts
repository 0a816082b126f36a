import {
  COLUMN,
  GENERATED_KEY_SCHEMA,
  IDENTITY,
  type JsonSchema,
  KEYWORD,
  type LatestBy,
  latestByPaths,
  recordLine,
  SEQUENCE_UNIT,
  schemaLine,
  TAP_COLUMNS,
} from '@tap-webhooks/singer';
import { StreamShape } from '../columns/stream-shape.js';
import type { EmitKey } from '../config.js';
import type { Entry, StreamSchema } from '../inbox/inbox.js';
import { type Cuts, cutRow, cutSchema, cutsFor, isCut } from './cuts.js';
import type { Choice } from './selection.js';

/** True for columns that the tap adds to rows. */
export function isSystemColumn(name: string): boolean {
  return name === COLUMN.generatedKey || Object.hasOwn(TAP_COLUMNS, name);
}

// Text before each value, made once: rows are the hot path.
const RECEIVED_AT = `"${COLUMN.receivedAt}":"`;
const SEQUENCE = `","${COLUMN.sequence}":`;
const INBOX = `,"${COLUMN.tableVersion}":0,"${COLUMN.inbox}":`;
const POSITION = `,"${COLUMN.position}":`;

/**
 * The key that names each row for a target that upserts. An older copy of an inbox that is put back gives its positions again: without
 * the sequence, an event would replace another one.
 */
const IDENTITY_KEY = [...IDENTITY, COLUMN.sequence];

/**
 * Returns the row with its system columns after the payload's.
 * @param row JSON text of an object, without white space after it.
 * @param receivedAt RFC 3339, UTC, ms.
 */
function withSystemColumns(row: string, entry: Entry, receivedAt: string): string {
  const inbox = `"${entry.inbox}"`; // a UUID: nothing to escape
  const payload = row.length > 2 ? `${row.slice(0, -1)},` : '{';
  return `${payload}${RECEIVED_AT}${receivedAt}${SEQUENCE}${entry.sequence}${INBOX}${inbox}${POSITION}${entry.position}}`;
}

/** The SCHEMA and RECORD lines of one stream in one epoch of its schema. */
export interface StreamFormat {
  /** The newest version of the epoch whose rows it takes. */
  readonly version: number;
  readonly schema: JsonSchema;
  readonly keyProperties: readonly string[];
  schemaLine(): string;
  /** @param entry of this version, or of an earlier one of the same epoch. */
  recordLine(entry: Entry): string;
}

/** @param choices of the catalog; absent: everything is selected. */
export function streamFormat(stored: StreamSchema, emitKey: EmitKey, choices?: Choice): StreamFormat {
  const ownKey = stored.keyProperties.length > 0 ? stored.keyProperties : [COLUMN.generatedKey];
  const isKept = (column: string) => ownKey.includes(column) || isSystemColumn(column);
  const cuts = choices ? cutsFor(choices, isKept, stored.splits) : undefined;
  const keyProperties = emitKey === 'identity' ? IDENTITY_KEY : ownKey;
  const schema = composeSchema(stored, cuts);
  const fit = refitter(stored);
  return {
    version: stored.version,
    schema,
    keyProperties,
    schemaLine: () => schemaLine(stored.stream, schema, keyProperties),
    recordLine(entry) {
      const receivedAt = new Date(entry.receivedAt).toISOString();
      const fitted = fit(entry);
      const row = cuts ? cutRow(fitted, cuts) : fitted;
      return recordLine(entry.stream, withSystemColumns(row, entry, receivedAt), receivedAt);
    },
  };
}

/** Returns a function that returns the row of an entry, so that it fits the schema. */
function refitter({ schema, splits, keyProperties, version }: StreamSchema): (entry: Entry) => string {
  let shape: StreamShape | undefined;
  return ({ row, schemaVersion }) => {
    if (schemaVersion === version) return row;
    shape ??= StreamShape.restore({ schema, splits: { ...splits } }, undefined, keyProperties);
    return shape.refit(row);
  };
}

function composeSchema(stored: StreamSchema, cuts: Cuts | undefined): JsonSchema {
  const payload = cuts ? cutSchema(stored.schema, cuts) : stored.schema;
  const splits = Object.entries(stored.splits).filter((pair) => pair.every((path) => !isCut(cuts, path)));
  const latestBy = stored.latestBy !== undefined && !usesCutColumn(stored.latestBy, cuts);
  const generatedKey = stored.keyProperties.length > 0 ? {} : { [COLUMN.generatedKey]: GENERATED_KEY_SCHEMA };
  return {
    ...payload,
    type: 'object',
    properties: { ...(payload.properties ?? {}), ...generatedKey, ...TAP_COLUMNS },
    [KEYWORD.identity]: IDENTITY,
    ...(latestBy ? { [KEYWORD.latestBy]: stored.latestBy } : {}),
    ...(splits.length > 0 ? { [KEYWORD.splits]: Object.fromEntries(splits) } : {}),
    [KEYWORD.sequenceUnit]: SEQUENCE_UNIT,
  };
}

/** True when a column was deselected that `latestBy` needs, so that the SCHEMA must not name it. */
function usesCutColumn(latestBy: LatestBy, cuts: Cuts | undefined): boolean {
  return latestByPaths(latestBy).some((path) => isCut(cuts, path));
}
