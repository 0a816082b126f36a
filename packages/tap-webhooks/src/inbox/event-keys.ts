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
 * Returns the delivery id, from the header or the event's body. An empty one counts as none: otherwise all events that
 * have it would be retries of the first.
 */
export function deliveryIdOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return (delivery.deliveryId ?? scalarAt(rules.deliveryId, text, node)) || undefined;
}

/** Characters of the delivery id that a retry key begins with. */
const ID_PREFIX = 24;

/**
 * Returns the key by which a retry is recognised: the beginning of the id, then a digest of 128 bits. Most providers' ids
 * rise with time, so keys that come together are neighbours in the store's index, and a commit writes few of its pages
 * instead of one per event.
 */
export function retryKey(stream: string, id: string, index: number, content: string): string {
  const place = JSON.stringify([stream, id, index]);
  const digest = hash('sha256', `${place}${content}`, 'base64url').slice(0, 22);
  return `${id.slice(0, ID_PREFIX).replace(/[^!-~]/g, '')} ${digest}`;
}

/** Returns the event type, from the header or the event's body. */
export function eventTypeOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return delivery.eventType ?? scalarAt(rules.eventType, text, node);
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
