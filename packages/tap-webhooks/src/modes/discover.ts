import type { Output } from '@tap-webhooks/singer';
import { catalogEntry } from '../catalog/discover.js';
import { knownSchemas } from '../catalog/known-schemas.js';
import { type EmitKey, streamFormat } from '../emit/stream-format.js';
import type { InboxReader, IntegrationRules } from '../inbox/inbox.js';

/** Prints the catalog: one pretty-printed JSON document, as Meltano and people read it. Takes no lease. */
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
