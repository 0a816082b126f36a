import { type JsonSchema, recordLine, schemaLine } from '@tap-webhooks/singer';
import type { Entry, StreamSchema } from '../inbox/inbox.js';
import type { LatestBy } from '../providers/provider.js';
import { type Cuts, cutRow, cutSchema, cutsFor, isCut } from './cuts.js';
import type { Choice } from './selection.js';

/** The key of a row where the integration names none: a UUID that the inbox wrote. */
export const GENERATED_KEY = '__sdc_primary_key';

/** The two columns that name a row for ever. */
export const IDENTITY = ['_sdc_inbox', '_sdc_position'] as const;

const MOMENT = { type: 'string', format: 'date-time' };

/** The columns that the tap adds to each row. `_sdc_batched_at` is declared here, and the target writes it. */
const SYSTEM_COLUMNS: { readonly [column: string]: JsonSchema } = {
  _sdc_received_at: MOMENT,
  _sdc_batched_at: { type: ['null', 'string'], format: 'date-time' },
  _sdc_sequence: { type: 'integer' },
  _sdc_table_version: { type: 'integer' },
  _sdc_inbox: { type: 'string' },
  _sdc_position: { type: 'integer' },
};

export function isSystemColumn(name: string): boolean {
  return name === GENERATED_KEY || Object.hasOwn(SYSTEM_COLUMNS, name);
}

/** @param generatedKey whether the stream has `__sdc_primary_key`. */
export function systemColumns(generatedKey: boolean): { readonly [column: string]: JsonSchema } {
  return generatedKey ? { [GENERATED_KEY]: { type: 'string' }, ...SYSTEM_COLUMNS } : SYSTEM_COLUMNS;
}

/**
 * Returns the row with its system columns after the payload's.
 * @param row JSON text of an object, without white space after it.
 * @param inbox incarnation, as JSON text.
 * @param receivedAt RFC 3339, UTC, ms.
 */
export function withSystemColumns(row: string, entry: Entry, inbox: string, receivedAt: string): string {
  const payload = row.length > 2 ? `${row.slice(0, -1)},` : '{';
  return (
    `${payload}"_sdc_received_at":"${receivedAt}","_sdc_sequence":${entry.sequence},` +
    `"_sdc_table_version":0,"_sdc_inbox":${inbox},"_sdc_position":${entry.position}}`
  );
}

/** The setting `emit_key`: the integration's own key, or the identity columns. */
export type EmitKey = 'integration' | 'identity';

/** The SCHEMA and RECORD lines of one stream at one version of its schema. */
export interface StreamFormat {
  readonly version: number;
  readonly schema: JsonSchema;
  readonly keyProperties: readonly string[];
  schemaLine(): string;
  /** @param inbox incarnation, as JSON text. */
  recordLine(entry: Entry, inbox: string): string;
}

/** @param choices of the catalog; absent: everything is selected. */
export function streamFormat(stored: StreamSchema, emitKey: EmitKey, choices?: Choice): StreamFormat {
  const ownKey = stored.keyProperties.length > 0 ? stored.keyProperties : [GENERATED_KEY];
  const isKept = (column: string) => ownKey.includes(column) || isSystemColumn(column);
  const cuts = choices ? cutsFor(choices, isKept, stored.splits) : undefined;
  const keyProperties = emitKey === 'identity' ? IDENTITY : ownKey;
  const schema = composeSchema(stored, cuts);
  return {
    version: stored.version,
    schema,
    keyProperties,
    schemaLine: () => schemaLine(stored.stream, schema, keyProperties),
    recordLine(entry, inbox) {
      const receivedAt = new Date(entry.receivedAt).toISOString();
      const row = cuts ? cutRow(entry.row, cuts) : entry.row;
      return recordLine(entry.stream, withSystemColumns(row, entry, inbox, receivedAt), receivedAt);
    },
  };
}

function composeSchema(stored: StreamSchema, cuts: Cuts | undefined): JsonSchema {
  const payload = cuts ? cutSchema(stored.schema, cuts) : stored.schema;
  const splits = Object.entries(stored.splits).filter((pair) => pair.every((path) => !isCut(cuts, path)));
  const latestBy = stored.latestBy !== undefined && !usesCutColumn(stored.latestBy, cuts);
  return {
    ...payload,
    type: 'object',
    properties: { ...(payload.properties ?? {}), ...systemColumns(stored.keyProperties.length === 0) },
    'x-sdc-identity': IDENTITY,
    ...(latestBy ? { 'x-sdc-latest-by': stored.latestBy } : {}),
    ...(splits.length > 0 ? { 'x-sdc-splits': Object.fromEntries(splits) } : {}),
    'x-sdc-sequence-unit': 'ms',
  };
}

/** True when a column was deselected that `latestBy` needs, so that the SCHEMA must not name it. */
function usesCutColumn(latestBy: LatestBy, cuts: Cuts | undefined): boolean {
  const paths =
    typeof latestBy === 'string' ? [latestBy] : [latestBy.column, ...Object.values(latestBy.paths)];
  return paths.some((path) => isCut(cuts, path));
}
