import { hash } from 'node:crypto';
import { canonicalNumber, type JsonNode, type LatestBy, stringValue } from '@tap-webhooks/singer';
import type { Delivery, IntegrationRules, ValueLocation } from './inbox.js';

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
 * Returns the delivery id, from the header or the event's body, as a store keeps it. An empty one counts as none: otherwise all
 * events that have it would be retries of the first.
 */
export function deliveryIdOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return storable(delivery.deliveryId ?? scalarAt(rules.deliveryId, text, node)) || undefined;
}

/**
 * By which a retry is recognised: same stream, delivery id, index in its body and content. With other content it is another
 * event. Most providers' ids rise with time, so keys that come together are neighbours in the store's index, and a commit
 * writes few of its pages instead of one per event.
 */
export interface RetryKey {
  /** A text that differs for different keys. */
  readonly name: string;
  readonly stream: string;
  /** As the provider sent it, or shortened with a digest: see `MAX_ID`. */
  readonly id: string;
  readonly index: number;
  /** Digest of the event's text as it was sent: 128 bits, base64url. */
  readonly content: string;
}

/** Characters of a delivery id that are stored. Of a longer one the beginning is, and a digest. */
const MAX_ID = 200;
const ID_PREFIX = 24;

/** @param text the event's own text as it was sent. */
export function retryKey(stream: string, id: string, index: number, text: string): RetryKey {
  const stored = id.length <= MAX_ID ? id : `${id.slice(0, ID_PREFIX)} ${digest128(id)}`;
  const content = digest128(text);
  return { name: JSON.stringify([stream, stored, index, content]), stream, id: stored, index, content };
}

/**
 * Returns the key of a retry as inboxes of format 1 stored it: the beginning of the id, then a digest. Keys of that form
 * cannot be turned into today's, so both are looked up until the old ones are trimmed.
 */
export function retryKeyOfFormat1(stream: string, id: string, index: number, text: string): string {
  const digest = digest128(`${JSON.stringify([stream, id, index])}${text}`);
  return `${id.slice(0, ID_PREFIX).replace(/[^!-~]/g, '')} ${digest}`;
}

function digest128(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** Returns the event type, from the header or the event's body, as a store keeps it. */
export function eventTypeOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return storable(delivery.eventType ?? scalarAt(rules.eventType, text, node));
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

function scalarAt(
  place: ValueLocation | undefined,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return place && 'body' in place && node ? scalarText(text, at(node, place.body)) : undefined;
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
