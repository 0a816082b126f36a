import type { Output } from '@tap-webhooks/singer';
import type { EmitKey } from '../config.js';
import { streamFormat } from '../emit/stream-format.js';
import type { InboxReader, IntegrationRules, StreamSchema } from '../inbox/inbox.js';
import { knownSchemas } from './discover.js';

/**
 * Prints every stream up to its first record (`all`), or only its SCHEMA (`schema`), whatever a catalog selects: the Singer
 * SDK's `--test`. It does not wait for events: a stream without one has no record. It takes no lease and prints no STATE,
 * since what a test has read must not count as read.
 */
export async function sample(
  what: 'all' | 'schema',
  integrations: readonly IntegrationRules[],
  emitKey: EmitKey,
  reader: InboxReader | undefined,
  out: Output,
): Promise<void> {
  for (const stored of await knownSchemas(integrations, reader)) {
    const lines = what === 'all' && reader ? await firstRecord(stored, emitKey, reader) : undefined;
    await out.write(lines ?? streamFormat(stored, emitKey).schemaLine());
  }
}

async function firstRecord(
  { stream }: StreamSchema,
  emitKey: EmitKey,
  reader: InboxReader,
): Promise<string | undefined> {
  const through = await reader.newest();
  const [entry] = await reader.read({ after: { [stream]: 0 }, through, limit: 1, limitBytes: 1 });
  if (!entry) return undefined;
  const format = streamFormat(await reader.newestOfEpoch(stream, entry.schemaVersion), emitKey);
  return `${format.schemaLine()}\n${format.recordLine(entry)}`;
}
