import { decodeBody, type Element, textOfBody } from './decode.js';
import { deliveryIdOf, eventTypeOf, type RetryKey, retryKey, versionKey } from './event-keys.js';
import type { Delivery, FittedBody, IntegrationRules, StreamSchema } from './inbox.js';

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
  | { readonly kind: 'too_many_events'; readonly of: Source }
  /** Decoding it met a defect of ours, so it is quarantined as it came. */
  | { readonly kind: 'unreadable'; readonly of: Source; readonly reason: string }
  | { readonly kind: 'readable'; readonly of: Source; readonly events: readonly PreparedEvent[] }
  /** A large body that was fitted before: its events with what they became, as far as the store need not be known. */
  | {
      readonly kind: 'fitted';
      readonly of: Source;
      readonly version: number;
      /** The schema with the columns that the events added. */
      readonly schema: StreamSchema | undefined;
      readonly events: readonly PreparedEvent[];
      readonly found: readonly FittedFound[];
    };

/** Where the events of a delivery come from. */
export interface Source {
  readonly delivery: Delivery;
  readonly rules: IntegrationRules;
}

export interface PreparedEvent {
  readonly element: Element;
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

/** What became of the events of a large body, as it travels between threads. */
export interface FittedText {
  readonly events: readonly FittedEvent[];
  /** The schema with the columns that the events added. */
  readonly schema?: StreamSchema;
  /** Why the whole body is quarantined. */
  readonly unreadable?: string;
}

/** An event of it: `start` and `end` are those of its element. */
export interface FittedEvent {
  readonly start: number;
  readonly end: number;
  readonly prepared: Omit<PreparedEvent, 'element'>;
  readonly found: { readonly kind: 'row'; readonly bytes: number } | Exclude<FittedFound, { kind: 'row' }>;
}

export type FittedFound =
  | { readonly kind: 'row'; readonly row: string }
  | { readonly kind: 'filtered' | 'duplicate' }
  | { readonly kind: 'quarantined'; readonly reason: string };

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
export function textOf({ text, start, end }: Element): string {
  return text.slice(start, end);
}

interface Collected {
  readonly retryKeys: WantedKey[];
  readonly versionKeys: string[];
}

function prepareOne(of: Source, needs: Collected): PreparedDelivery {
  if (of.delivery.fitted) return prepareFitted(of, of.delivery.fitted, needs);
  const body = decodeBody(of.delivery.body);
  if (body === 'too_many_events') return { kind: 'too_many_events', of };
  if ('malformed' in body) return { kind: 'malformed', of, reason: body.malformed };
  const events = body.events.map((event, index) => prepareEvent(of, event, index));
  collect(events, needs);
  return { kind: 'readable', of, events };
}

function collect(events: readonly PreparedEvent[], needs: Collected): void {
  for (const { element, retryKey, versionKey, deliveryId } of events) {
    if (retryKey) needs.retryKeys.push({ ...retryKey, text: textOf(element), wholeId: deliveryId ?? '' });
    if (versionKey !== undefined) needs.versionKeys.push(versionKey);
  }
}

function prepareFitted(of: Source, { version, text, rows }: FittedBody, needs: Collected): PreparedDelivery {
  const { events: fitted, schema, unreadable } = JSON.parse(text) as FittedText;
  if (unreadable !== undefined) return { kind: 'unreadable', of, reason: unreadable };
  const body = textOfBody(of.delivery.body);
  const events = fitted.map(
    ({ start, end, prepared }): PreparedEvent => ({
      ...prepared,
      element: { text: body, start, end, node: undefined },
    }),
  );
  collect(events, needs);
  let at = 0;
  const found = fitted.map(({ found: one }): FittedFound => {
    if (one.kind !== 'row') return one;
    const row = Buffer.from(rows.buffer, rows.byteOffset + at, one.bytes).toString('utf8');
    at += one.bytes;
    return { kind: 'row', row };
  });
  return { kind: 'fitted', of, version, schema, events, found };
}

function prepareEvent({ rules, delivery }: Source, element: Element, index: number): PreparedEvent {
  const { text, node } = element;
  const eventType = eventTypeOf(rules, delivery, text, node) ?? null;
  const deliveryId = deliveryIdOf(rules, delivery, text, node) ?? null;
  const isFiltered = isOfAnotherType(rules, eventType, element);
  return {
    element,
    index,
    deliveryId,
    eventType,
    isFiltered,
    retryKey:
      isFiltered || deliveryId === null
        ? undefined
        : retryKey(rules.stream, deliveryId, index, textOf(element)),
    versionKey: isFiltered || node?.kind !== 'object' ? undefined : versionKey(rules, text, node),
  };
}

/** A value that is not an object is only dropped when a header tells its type; otherwise a person should see it. */
function isOfAnotherType({ events }: IntegrationRules, type: string | null, { node }: Element): boolean {
  if (events === undefined) return false;
  return type === null ? node?.kind === 'object' : !events.includes(type);
}
