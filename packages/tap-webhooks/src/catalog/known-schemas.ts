import type { InboxReader, IntegrationRules, StreamSchema } from '../inbox/inbox.js';

/**
 * The newest schema of every stream there is: as the inbox has it, else, before the first event, as the integration
 * declares it.
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
    schema: schema ?? { type: 'object', properties: {} },
    keyProperties,
    ...(latestBy === undefined ? {} : { latestBy }),
    splits: {},
  };
}
