import { createHmac, hash } from 'node:crypto';
import { canonicalNumber, type JsonNode, type LatestBy, stringValue } from '@tap-webhooks/singer';
import { readEventTime } from './event-time.js';
import type { Delivery, FirstLocation, IntegrationRules, ValueLocation } from './inbox.js';

/**
 * Returns a digest of the event's key, or of its `latest_by` value when it has no key. Events with the same digest are
 * versions of one thing; undefined when the event has neither.
 */
export function versionKey(rules: IntegrationRules, text: string, node: JsonNode): string | undefined {
  const values =
    rules.keyProperties.length > 0 ? keyValues(rules, text, node) : latestByValue(rules.latestBy, text, node);
  if (values === undefined) return undefined;
  return hash('sha256', JSON.stringify([rules.stream, values]), 'base64url').slice(0, 22);
}

function keyValues(rules: IntegrationRules, text: string, node: JsonNode): string[] {
  return rules.keyProperties.map((name) => canonical(text, at(node, [name])) ?? '');
}

function latestByValue(latestBy: LatestBy | undefined, text: string, node: JsonNode): string[] | undefined {
  const path = latestBy && pathFor(latestBy, text, node);
  const value = path && canonical(text, at(node, path.split('.')));
  return path && value ? [path, value] : undefined;
}

function pathFor(latestBy: LatestBy, text: string, node: JsonNode): string | undefined {
  if (typeof latestBy === 'string') return latestBy;
  const type = scalarText(text, at(node, [latestBy.column]));
  return type !== undefined && Object.hasOwn(latestBy.paths, type) ? latestBy.paths[type] : undefined;
}

/**
 * Returns the delivery id, from the headers, the event's body or the digest of the delivery's body, as a store keeps it. An
 * empty one counts as none: otherwise all events that have it would be retries of the first.
 * @param digest returns the digest of the delivery's body.
 */
export function deliveryIdOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
  digest: () => string,
): string | undefined {
  const { deliveryId: place } = rules;
  if (delivery.deliveryId !== undefined || place === undefined)
    return storable(delivery.deliveryId) || undefined;
  if ('digest' in place) return digest();
  if ('all' in place)
    return joinedId(
      rules,
      place.all.map((one) => textAt(one, delivery, text, node)),
    );
  return storable(textAt(place, delivery, text, node)) || undefined;
}

/** Several values as one id. Without any it is none; and where the id alone decides, each must be there. */
function joinedId(
  { idAloneDecides }: IntegrationRules,
  parts: readonly (string | undefined)[],
): string | undefined {
  const found = parts.filter((part) => part !== undefined && part !== '').length;
  if (found === 0 || (idAloneDecides && found < parts.length)) return undefined;
  return storable(JSON.stringify(parts.map((part) => part ?? null)));
}

/**
 * By which a retry is recognised: same stream, delivery id, index in its body and, unless the id alone decides, content. With
 * other content it is another event. Most providers' ids rise with time, so keys that come together are neighbours in the
 * store's index, and a commit writes few of its pages instead of one per event.
 */
export interface RetryKey {
  /** A text that differs for different keys. */
  readonly name: string;
  readonly stream: string;
  /** As the provider sent it, or shortened with a digest: see `MAX_ID`. */
  readonly id: string;
  readonly index: number;
  /** See `SentContent`. */
  readonly content: string;
  /** The same key with the digest that events had before the integration got a key for digests. */
  readonly former?: { readonly name: string; readonly content: string };
  readonly idAloneDecides?: true;
}

/** Digests of what was sent, before it was decoded, unrolled or redacted: 128 bits, base64url. */
export interface SentContent {
  readonly content: string;
  readonly formerContent?: string;
}

/**
 * Digests the event's text as it was sent, or the whole body where an event of it is no part.
 * @param key of an integration whose events hold what must not be kept: without it nobody can try values out.
 */
export function sentContent(sent: string | Uint8Array, key: string | undefined): SentContent {
  const plain = digest128(sent);
  if (key === undefined) return { content: plain };
  const keyed = createHmac('sha256', key).update(sent).digest('base64url').slice(0, 22);
  return { content: keyed, formerContent: plain };
}

/** Characters of a delivery id that are stored. Of a longer one the beginning is, and a digest. */
const MAX_ID = 200;
const ID_PREFIX = 24;

export function retryKey(
  { stream, idAloneDecides }: IntegrationRules,
  id: string,
  index: number,
  { content, formerContent }: SentContent,
): RetryKey {
  const stored = id.length <= MAX_ID ? id : `${id.slice(0, ID_PREFIX)} ${digest128(id)}`;
  const place = [stream, stored, index];
  if (idAloneDecides)
    return { name: JSON.stringify(place), stream, id: stored, index, content, idAloneDecides };
  const key = { name: JSON.stringify([...place, content]), stream, id: stored, index, content };
  if (formerContent === undefined) return key;
  return { ...key, former: { name: JSON.stringify([...place, formerContent]), content: formerContent } };
}

/**
 * Returns the key of a retry as inboxes of format 1 stored it: the beginning of the id, then a digest. Keys of that form
 * cannot be turned into today's, so both are looked up until the old ones are trimmed.
 */
export function retryKeyOfFormat1(stream: string, id: string, index: number, text: string): string {
  const digest = digest128(`${JSON.stringify([stream, id, index])}${text}`);
  return `${id.slice(0, ID_PREFIX).replace(/[^!-~]/g, '')} ${digest}`;
}

function digest128(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url').slice(0, 22);
}

/** Returns the event type, from the header or the event's body, as a store keeps it. */
export function eventTypeOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return storable(delivery.eventType ?? firstOf(rules.eventType, delivery, text, node));
}

/** Returns the time of the event as RFC 3339; null when there is none that can be read. */
export function eventTimeOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | null {
  const written = firstOf(rules.eventTime, delivery, text, node);
  return written === undefined ? null : readEventTime(written);
}

/** No store gives back a NUL, which ends a text there, or half of a surrogate pair, which UTF-8 does not have. */
const NOT_STORABLE = /\0|\p{Surrogate}/gu;

/** Returns a text with such characters as JSON escapes: what is read again must be what was compared and digested. */
function storable(text: string | undefined): string | undefined {
  return text?.replace(
    NOT_STORABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function firstOf(
  place: FirstLocation | undefined,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  if (place === undefined) return undefined;
  if (!('any' in place)) return textAt(place, delivery, text, node);
  for (const one of place.any) {
    const value = textAt(one, delivery, text, node);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

function textAt(
  place: ValueLocation,
  { headers }: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  if ('body' in place) return node && scalarText(text, at(node, place.body));
  return [place.header, ...(place.alternatives ?? [])]
    .map((name) => headers?.[name])
    .find((value) => value !== undefined);
}

function at(node: JsonNode, path: readonly string[]): JsonNode | undefined {
  let found: JsonNode | undefined = node;
  for (const name of path) found = found?.members?.find((member) => member.name === name)?.value;
  return found;
}

/** Returns the text of a string (decoded) or a number (as written). */
function scalarText(text: string, node: JsonNode | undefined): string | undefined {
  if (node?.kind === 'string') return stringValue(text, node);
  return node?.kind === 'number' ? text.slice(node.start, node.end) : undefined;
}

/** Returns the same text for equal values however they are written ("\u0061" and "a", 1.0 and 1), another for other types. */
function canonical(text: string, node: JsonNode | undefined): string | undefined {
  switch (node?.kind) {
    case 'string':
      return JSON.stringify(stringValue(text, node));
    case 'number':
      return canonicalNumber(text.slice(node.start, node.end));
    case 'boolean':
      return text.slice(node.start, node.end);
    default:
      return undefined;
  }
}
