import {
  type InboxWriter,
  type IntegrationRules,
  incarnationAt,
} from '../../packages/tap-webhooks/dist/inbox/inbox.js';
import { openMemoryInbox } from './memory-driver.js';

export const DAY_MS = 86_400_000;

/** Returns an inbox with generic integrations: no key, schema inferred, streams named `<name>-data`. */
export async function memoryInbox(...names: string[]): Promise<InboxWriter> {
  const inbox = await openMemoryInbox();
  await inbox.setRules(names.map(rules));
  return inbox;
}

export function rules(name: string): IntegrationRules {
  return { name, stream: `${name}-data`, keyProperties: [] };
}

/** Takes one event for each body, received now. */
export async function take(inbox: InboxWriter, integration: string, ...bodies: object[]): Promise<void> {
  for (const body of bodies)
    await inbox.append({ integration, receivedAt: Date.now(), body: Buffer.from(JSON.stringify(body)) });
}

/** Returns the bookmark of a pipe that has read up to a position. */
export async function bookmarkAt(inbox: InboxWriter, position: number) {
  const incarnation = incarnationAt(await inbox.incarnations(), position) ?? 'unknown';
  return { position, inbox: incarnation, check: (await inbox.check(position)) ?? 'unknown' };
}
