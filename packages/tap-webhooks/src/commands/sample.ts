import type { Output } from '@tap-webhooks/singer';
import { type EmitKey, streamFormat } from '../emit/stream-format.js';
import type { InboxReader, IntegrationRules, StreamSchema } from '../inbox/inbox.js';
import { knownSchemas } from './discover.js';

/**
 * Singer SDK's `--test`: every stream, whatever a catalog selects, ends after its first record (`all`), or is only
 * described (`schema`). Ends without traffic too: a stream without an event has a SCHEMA and no record. Takes no lease,
 * and prints no STATE, since what a test has read must not count as read.
 */
export async function test(
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
  const format = streamFormat(await reader.schema(stream, entry.schemaVersion), emitKey);
  return `${format.schemaLine()}\n${format.recordLine(entry, JSON.stringify(reader.incarnation))}`;
}
