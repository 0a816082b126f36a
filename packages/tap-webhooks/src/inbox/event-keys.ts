import { hash } from 'node:crypto';
import { canonicalNumber, type JsonNode, stringValue } from '@tap-webhooks/singer';
import type { LatestBy, Place } from '../providers/provider.js';
import type { Delivery, IntegrationRules } from './inbox.js';

/** Digest of what an event is a version of: its key, else its `latest_by` value. Undefined: of nothing but itself. */
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

/** The delivery id, from the header or this event's body. An empty one says nothing: it would make retries of all. */
export function deliveryIdOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return (delivery.deliveryId ?? scalarAt(rules.deliveryId, text, node)) || undefined;
}

/** How much of a delivery id stands at the beginning of its key. */
const ID_PREFIX = 24;

/**
 * What a retry is recognised by: a digest of 128 bits, after the beginning of the id. Most providers' ids rise with time, so
 * that keys which come together stand together in the store's index: a commit then writes few of its pages, instead of one for
 * each event.
 */
export function retryKey(stream: string, id: string, index: number, content: string): string {
  const place = JSON.stringify([stream, id, index]);
  const digest = hash('sha256', `${place}${content}`, 'base64url').slice(0, 22);
  return `${id.slice(0, ID_PREFIX).replace(/[^!-~]/g, '')} ${digest}`;
}

/** The event type, from the header or this event's body. */
export function eventTypeOf(
  rules: IntegrationRules,
  delivery: Delivery,
  text: string,
  node: JsonNode | undefined,
): string | undefined {
  return delivery.eventType ?? scalarAt(rules.eventType, text, node);
}

function scalarAt(place: Place | undefined, text: string, node: JsonNode | undefined): string | undefined {
  return place && 'body' in place && node ? scalarText(text, at(node, place.body)) : undefined;
}

function at(node: JsonNode, path: readonly string[]): JsonNode | undefined {
  let found: JsonNode | undefined = node;
  for (const name of path) found = found?.members?.find((member) => member.name === name)?.value;
  return found;
}

/** Text of a string (decoded) or a number (as written). */
function scalarText(text: string, node: JsonNode | undefined): string | undefined {
  if (node?.kind === 'string') return stringValue(text, node);
  return node?.kind === 'number' ? text.slice(node.start, node.end) : undefined;
}

/** Equal for equal values however they are written ("\u0061" and "a", 1.0 and 1), different for different types. */
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
