import { hash } from 'node:crypto';
import type { Entry } from './inbox.js';

/**
 * Digests of stored rows. They are computed when a row is recorded and compared when it is read, copied or verified, so a
 * row that the disk has changed is never passed on. A stored digest is never computed again in another form, since bookmarks
 * hold it too.
 */

/** Hex characters of an event's digest. Those of events that format 1 of the inbox recorded have 16, and cover less. */
const CHARACTERS = 20;
const CHARACTERS_OF_FORMAT_1 = 16;

/** Returns the digest of everything that is stored of an event. */
export function eventDigest(event: Omit<Entry, 'check'>): string {
  const { position, inbox, stream, receivedAt, sequence, schemaVersion, deliveryId, eventType, row } = event;
  const facts = `${position} ${inbox} ${stream} ${receivedAt} ${sequence} ${schemaVersion} ${deliveryId} ${eventType}`;
  return hash('sha256', `${facts} ${row}`).slice(0, CHARACTERS);
}

/** Returns whether an event is as it was recorded. */
export function isIntact(event: Entry): boolean {
  if (event.check.length !== CHARACTERS_OF_FORMAT_1) return event.check === eventDigest(event);
  const { position, receivedAt, sequence, row } = event;
  return (
    event.check ===
    hash('sha256', `${position} ${receivedAt} ${sequence} ${row}`).slice(0, CHARACTERS_OF_FORMAT_1)
  );
}

/** Returns the digest of a row of another table. @param values of its columns, in their order. */
export function rowDigest(...values: readonly (string | number | null | Uint8Array)[]): string {
  const text = values.map((value) =>
    value instanceof Uint8Array ? hash('sha256', value) : JSON.stringify(value),
  );
  return hash('sha256', text.join(' ')).slice(0, CHARACTERS);
}
