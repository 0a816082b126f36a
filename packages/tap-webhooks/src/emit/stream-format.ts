import { type JsonSchema, recordLine, schemaLine } from '@tap-webhooks/singer';
import { type Cuts, cutRow, cutSchema, cutsFor, isCut } from '../catalog/cuts.js';
import type { Choice } from '../catalog/selection.js';
import type { Entry, StreamSchema } from '../inbox/inbox.js';
import type { LatestBy } from '../providers/provider.js';
import {
  GENERATED_KEY,
  IDENTITY,
  isSystemColumn,
  systemColumns,
  withSystemColumns,
} from './system-columns.js';

/** The setting `emit_key`: the integration's own key, or the identity columns. */
export type EmitKey = 'integration' | 'identity';

/** What SCHEMA and RECORD of one stream look like at one version of its schema. */
export interface StreamFormat {
  readonly version: number;
  readonly schema: JsonSchema;
  readonly keyProperties: readonly string[];
  schemaLine(): string;
  /** @param inbox incarnation, as JSON text. */
  recordLine(entry: Entry, inbox: string): string;
}

/** @param choices of the catalog; absent: everything. */
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
  const latestBy = stored.latestBy !== undefined && !needsCut(stored.latestBy, cuts);
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

/** Which rows are versions of one thing cannot be told any more when what tells it has been deselected. */
function needsCut(latestBy: LatestBy, cuts: Cuts | undefined): boolean {
  const paths =
    typeof latestBy === 'string' ? [latestBy] : [latestBy.column, ...Object.values(latestBy.paths)];
  return paths.some((path) => isCut(cuts, path));
}
