import type { JsonSchema, Output } from '@tap-webhooks/singer';
import type { EmitKey } from '../config.js';
import { isSystemColumn, streamFormat } from '../emit/stream-format.js';
import type { InboxReader, IntegrationRules, StreamSchema } from '../inbox/inbox.js';

/**
 * Returns the newest schema of every stream: the inbox's, or the one that the integration declares before its first event.
 * @param reader absent when there is no inbox yet.
 */
export async function knownSchemas(
  integrations: readonly IntegrationRules[],
  reader: InboxReader | undefined,
): Promise<StreamSchema[]> {
  const stored = (await reader?.schemas()) ?? [];
  const declared = integrations
    .filter(({ stream }) => !stored.some((schema) => schema.stream === stream))
    .map(declaredSchema);
  return [...stored, ...declared];
}

function declaredSchema(integration: IntegrationRules): StreamSchema {
  const { stream, keyProperties, latestBy, schema } = integration;
  return {
    stream,
    version: 0,
    epoch: 1,
    schema: schema ?? { type: 'object', properties: {} },
    keyProperties,
    ...(latestBy === undefined ? {} : { latestBy }),
    splits: {},
  };
}

export interface CatalogEntry {
  readonly tap_stream_id: string;
  readonly stream: string;
  readonly schema: JsonSchema;
  readonly key_properties: readonly string[];
  readonly metadata: ReadonlyArray<{ readonly breadcrumb: readonly string[]; readonly metadata: object }>;
}

/**
 * Returns one stream of a discovered catalog. Everything is selected; what cannot be deselected is marked.
 * @param keyProperties the key that is printed.
 * @param ownKey the key of the integration, which stays in the row.
 */
export function catalogEntry(
  stream: string,
  schema: JsonSchema,
  keyProperties: readonly string[],
  ownKey: readonly string[],
): CatalogEntry {
  const columns = Object.keys((schema.properties ?? {}) as object).map((name) => ({
    breadcrumb: ['properties', name],
    metadata: {
      inclusion: ownKey.includes(name) || isSystemColumn(name) ? 'automatic' : 'available',
      selected: true,
    },
  }));
  const root = {
    breadcrumb: [],
    metadata: { inclusion: 'available', selected: true, 'table-key-properties': keyProperties },
  };
  return {
    tap_stream_id: stream,
    stream,
    schema,
    key_properties: keyProperties,
    metadata: [root, ...columns],
  };
}

/** Prints the catalog as pretty-printed JSON. Takes no lease. */
export async function discover(
  integrations: readonly IntegrationRules[],
  emitKey: EmitKey,
  reader: InboxReader | undefined,
  out: Output,
): Promise<void> {
  const streams = (await knownSchemas(integrations, reader)).map((stored) => {
    const format = streamFormat(stored, emitKey);
    return catalogEntry(stored.stream, format.schema, format.keyProperties, stored.keyProperties);
  });
  await out.write(JSON.stringify({ streams }, null, 2));
}
