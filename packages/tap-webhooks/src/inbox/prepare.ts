import { textOfUtf8 } from '../bodies/charset.js';
import { isWithheld, withheld } from '../bodies/redaction.js';
import { chosenMembers } from './chosen-columns.js';
import { type Body, decodeBody, type Element } from './decode.js';
import {
  deliveryIdOf,
  eventTimeOf,
  eventTypeOf,
  type RetryKey,
  retryKey,
  type SentContent,
  sentContent,
  versionKey,
} from './event-keys.js';
import type { Delivery, FittedBody, IntegrationRules, StreamSchema } from './inbox.js';
import { redactBody } from './redact-body.js';

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
  /** Absent when the event is not as it was sent: format 1 knew no such events. */
  readonly text?: string;
  /** The delivery id, whole. */
  readonly wholeId: string;
}

export type PreparedDelivery =
  /** An integration without rules. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'malformed';
      readonly of: Source;
      readonly reason: string;
      readonly isOtherThanJson?: true;
    }
  | { readonly kind: 'too_many_events'; readonly of: Source }
  /** It is quarantined as a whole: it is malformed, or decoding it met a defect of ours. */
  | {
      readonly kind: 'unreadable';
      readonly of: Source;
      readonly reason: string;
      readonly retryKey?: RetryKey | undefined;
    }
  | {
      readonly kind: 'readable';
      readonly of: Source;
      readonly events: readonly PreparedEvent[];
      /** The text that the events are parts of, where that is not the body's own. */
      readonly decoded?: string | undefined;
    }
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
  /** The columns that its integration asks for, as members of a JSON object. */
  readonly chosen?: string | undefined;
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
  readonly retryKey?: RetryKey | undefined;
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
      return unreadable(of, defectReason(cause), needs);
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
  const { delivery, rules } = of;
  if (delivery.fitted) return prepareFitted(of, delivery.fitted, needs);
  const sent = bodyOf(of);
  if (sent === 'too_many_events') return { kind: 'too_many_events', of };
  if ('malformed' in sent) return malformed(of, sent, needs);
  const { redaction } = rules;
  const kept = redaction ? redactBody(sent, redaction, delivery.isFromQuarantine) : sent;
  if ('malformed' in kept) return malformed(of, kept, needs);
  const isSent = kept === sent && sent.madeFrom === undefined;
  const contents = new Contents(of, sent);
  const events = kept.events.map((event, index) => prepareEvent(of, event, index, contents));
  collect(events, needs, kept === sent && sent.madeFrom !== 'body');
  return { kind: 'readable', of, events, decoded: isSent ? undefined : kept.text };
}

function bodyOf({ delivery, rules }: Source): Body {
  if (delivery.damage !== undefined) return { malformed: delivery.damage, isOtherThanJson: true };
  if (delivery.isFromQuarantine && isWithheld(delivery.body))
    return { malformed: 'its content was not kept', isOtherThanJson: true };
  return decodeBody(delivery, rules.body);
}

function malformed(
  of: Source,
  { malformed: reason, isOtherThanJson }: Extract<Body, { malformed: string }>,
  needs: Collected,
): PreparedDelivery {
  if (of.rules.onMalformed !== 'quarantine')
    return { kind: 'malformed', of, reason, ...(isOtherThanJson && { isOtherThanJson }) };
  const what = isOtherThanJson ? 'the body cannot be read' : 'the body is not JSON';
  return unreadable(of, `${what}: ${reason}`, needs);
}

/** What is quarantined as a whole has the id that is not in its body. */
function unreadable(of: Source, reason: string, needs: Collected): PreparedDelivery {
  const contents = new Contents(of, undefined);
  const id = deliveryIdOf(of.rules, of.delivery, '', undefined, contents.digest);
  const key = id === undefined ? undefined : retryKey(of.rules, id, 0, contents.ofBody());
  if (key) want(key, id ?? '', undefined, needs);
  return { kind: 'unreadable', of, reason, retryKey: key };
}

/** What the quarantine holds of a body as a whole. */
export function quarantinedBody({ delivery, rules }: Source): Uint8Array {
  return rules.redaction ? Buffer.from(withheld(rules.redaction.key, delivery.body)) : delivery.body;
}

/** Digests of what was sent. A digest of a whole body is made once. */
class Contents {
  readonly #of: Source;
  readonly #sent: Extract<Body, { events: unknown }> | undefined;
  #whole: SentContent | undefined;

  constructor(of: Source, sent: Extract<Body, { events: unknown }> | undefined) {
    this.#of = of;
    this.#sent = sent;
  }

  /** The digest of the body as a whole. */
  readonly digest = (): string => this.ofBody().content;

  ofBody(): SentContent {
    const { delivery, rules } = this.#of;
    this.#whole ??= sentContent(delivery.body, rules.redaction?.key);
    return this.#whole;
  }

  ofEvent(index: number): SentContent {
    const event = this.#sent?.events[index];
    if (event === undefined || this.#sent?.madeFrom === 'body') return this.ofBody();
    return sentContent(textOf(event), this.#of.rules.redaction?.key);
  }
}

/** @param text of the event, where it is as it was sent. */
function want(key: RetryKey, wholeId: string, text: string | undefined, { retryKeys }: Collected): void {
  const more = { ...(text !== undefined && { text }), wholeId };
  retryKeys.push({ ...key, ...more });
  if (key.former) retryKeys.push({ ...key, ...key.former, ...more });
}

/** @param areAsSent false when the events' texts are not what was sent. */
function collect(events: readonly PreparedEvent[], needs: Collected, areAsSent: boolean): void {
  for (const { element, retryKey, versionKey, deliveryId } of events) {
    if (retryKey) {
      want(retryKey, deliveryId ?? '', areAsSent ? textOf(element) : undefined, needs);
    }
    if (versionKey !== undefined) needs.versionKeys.push(versionKey);
  }
}

function prepareFitted(
  of: Source,
  { version, text, rows, decoded }: FittedBody,
  needs: Collected,
): PreparedDelivery {
  const { events: fitted, schema, unreadable: reason, retryKey: key } = JSON.parse(text) as FittedText;
  if (reason !== undefined) {
    if (key) want(key, of.delivery.deliveryId ?? '', undefined, needs);
    return { kind: 'unreadable', of, reason, retryKey: key };
  }
  const body = textOfUtf8(decoded ?? of.delivery.body);
  const events = fitted.map(
    ({ start, end, prepared }): PreparedEvent => ({
      ...prepared,
      element: { text: body, start, end, node: undefined },
    }),
  );
  collect(events, needs, decoded === undefined);
  let at = 0;
  const found = fitted.map(({ found: one }): FittedFound => {
    if (one.kind !== 'row') return one;
    const row = Buffer.from(rows.buffer, rows.byteOffset + at, one.bytes).toString('utf8');
    at += one.bytes;
    return { kind: 'row', row };
  });
  return { kind: 'fitted', of, version, schema, events, found };
}

function prepareEvent(
  { rules, delivery }: Source,
  element: Element,
  index: number,
  contents: Contents,
): PreparedEvent {
  const { text, node } = element;
  const eventType = eventTypeOf(rules, delivery, text, node) ?? null;
  const deliveryId = deliveryIdOf(rules, delivery, text, node, contents.digest) ?? null;
  const isFiltered = isOfAnotherType(rules, eventType, element);
  return {
    element,
    index,
    deliveryId,
    eventType,
    isFiltered,
    chosen: isFiltered ? undefined : chosenOf(rules, delivery, element, deliveryId, eventType),
    retryKey:
      isFiltered || deliveryId === null
        ? undefined
        : retryKey(rules, deliveryId, index, contents.ofEvent(index)),
    versionKey: isFiltered || node?.kind !== 'object' ? undefined : versionKey(rules, text, node),
  };
}

function chosenOf(
  rules: IntegrationRules,
  delivery: Delivery,
  { text, node }: Element,
  deliveryId: string | null,
  eventType: string | null,
): string | undefined {
  const { columns } = rules;
  if (columns === undefined) return undefined;
  const eventTime = eventTimeOf(rules, delivery, text, node);
  return chosenMembers(columns, { deliveryId, eventType, eventTime }, delivery);
}

/** A value that is not an object is only dropped when a header tells its type; otherwise a person should see it. */
function isOfAnotherType({ events }: IntegrationRules, type: string | null, { node }: Element): boolean {
  if (events === undefined) return false;
  return type === null ? node?.kind === 'object' : !events.includes(type);
}
