import { decodeBody, type Element } from './decode.js';
import { deliveryIdOf, eventTypeOf, type RetryKey, retryKey, versionKey } from './event-keys.js';
import type { Delivery, IntegrationRules } from './inbox.js';

/** Deliveries that are recorded together, decoded as far as is possible without knowing what the store holds. */
export interface Prepared {
  readonly deliveries: readonly PreparedDelivery[];
  readonly needs: Needs;
}

/** What a driver reads from its store before it calls `judge`. */
export interface Needs {
  /** Which of these keys does the store hold already? */
  readonly retryKeys: readonly WantedKey[];
  /** What is the last `_sdc_sequence` given to each of these keys? */
  readonly versionKeys: readonly string[];
  /** What is the newest schema of each of these streams? */
  readonly streams: ReadonlySet<string>;
}

/** A retry key, with the event's own text: stores of format 1 hold other keys, which are made from the text. */
export interface WantedKey extends RetryKey {
  readonly text: string;
  /** The delivery id, whole. */
  readonly wholeId: string;
}

export type PreparedDelivery =
  /** An integration without rules. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed'; readonly of: Source; readonly reason: string }
  /** Decoding it met a defect of ours, so it is quarantined as it came. */
  | { readonly kind: 'unreadable'; readonly of: Source; readonly reason: string }
  | { readonly kind: 'readable'; readonly of: Source; readonly events: readonly PreparedEvent[] };

/** Where the events of a delivery come from. */
export interface Source {
  readonly delivery: Delivery;
  readonly rules: IntegrationRules;
}

export interface PreparedEvent extends Element {
  /** Place in an array body; 0 for a body that is no array. */
  readonly index: number;
  readonly deliveryId: string | null;
  readonly eventType: string | null;
  readonly isFiltered: boolean;
  /** Key by which the event is recognised when the provider sends it again; undefined when it has no delivery id. */
  readonly retryKey: RetryKey | undefined;
  /** Rows with the same key are versions of one thing; undefined when the row is a version of itself only. */
  readonly versionKey: string | undefined;
}

/** Decodes the deliveries and lists what must be known to judge them. A defect that one of them meets does not touch others. */
export function prepare(
  deliveries: readonly Delivery[],
  rules: ReadonlyMap<string, IntegrationRules>,
): Prepared {
  const needs = { retryKeys: [], versionKeys: [], streams: new Set<string>() };
  const prepared = deliveries.map((delivery): PreparedDelivery => {
    const found = rules.get(delivery.integration);
    if (!found) return { kind: 'unknown' };
    needs.streams.add(found.stream);
    const of = { delivery, rules: found };
    try {
      return prepareOne(of, needs);
    } catch (cause) {
      return { kind: 'unreadable', of, reason: defectReason(cause) };
    }
  });
  return { deliveries: prepared, needs };
}

/** Returns why a delivery that met a defect of ours is quarantined, without the error's message, which might quote the body. */
export function defectReason(cause: unknown): string {
  return `this version of the tap cannot read the event (${cause instanceof Error ? cause.name : 'unknown'})`;
}

/** Returns the event's own text as it was sent. */
export function textOf({ text, node }: Element): string {
  return node ? text.slice(node.start, node.end) : text;
}

interface Collected {
  readonly retryKeys: WantedKey[];
  readonly versionKeys: string[];
}

function prepareOne(of: Source, needs: Collected): PreparedDelivery {
  const body = decodeBody(of.delivery.body);
  if ('malformed' in body) return { kind: 'malformed', of, reason: body.malformed };
  const events = body.events.map((event, index) => prepareEvent(of, event, index));
  for (const event of events) {
    const { retryKey, versionKey, deliveryId } = event;
    if (retryKey) needs.retryKeys.push({ ...retryKey, text: textOf(event), wholeId: deliveryId ?? '' });
    if (versionKey !== undefined) needs.versionKeys.push(versionKey);
  }
  return { kind: 'readable', of, events };
}

function prepareEvent(of: Source, event: Element, index: number): PreparedEvent {
  const { rules, delivery } = of;
  const { text, node, problem } = event;
  const eventType = eventTypeOf(rules, delivery, text, node) ?? null;
  const deliveryId = deliveryIdOf(rules, delivery, text, node) ?? null;
  const isFiltered = isOfAnotherType(rules, eventType, event);
  return {
    text,
    node,
    problem,
    index,
    deliveryId,
    eventType,
    isFiltered,
    retryKey:
      isFiltered || deliveryId === null
        ? undefined
        : retryKey(rules.stream, deliveryId, index, textOf(event)),
    versionKey: isFiltered || node?.kind !== 'object' ? undefined : versionKey(rules, text, node),
  };
}

/** A value that is not an object is only dropped when a header tells its type; otherwise a person should see it. */
function isOfAnotherType({ events }: IntegrationRules, type: string | null, { node }: Element): boolean {
  if (events === undefined) return false;
  return type === null ? node?.kind === 'object' : !events.includes(type);
}
