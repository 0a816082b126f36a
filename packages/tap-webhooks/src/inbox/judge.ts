import type { JsonNode } from '@tap-webhooks/singer';
import { InvalidKey } from '../columns/keys.js';
import { type Element, readBody } from './decode.js';
import { deliveryIdOf, eventTypeOf, retryKey } from './event-keys.js';
import type { Delivery } from './inbox.js';
import type { OpenStream } from './open-stream.js';
import type { Store } from './store.js';

/** What becomes of one event. */
export type Finding =
  | { readonly kind: 'row'; readonly text: string; readonly node: JsonNode; row: string }
  | { readonly kind: 'filtered' | 'duplicate' }
  | {
      readonly kind: 'quarantined';
      readonly reason: string;
      readonly deliveryId: string | null;
      readonly raw: Uint8Array;
    };

/** What becomes of one delivery. */
export type Judgement =
  | { readonly malformed: string }
  | { readonly findings: readonly Finding[]; readonly grew: boolean };

const NOT_OBJECT = 'the event is valid JSON, but not an object';

/**
 * Judges a delivery: each event alone, in order. Notes delivery ids in the store and lets the stream's shape grow; rows get
 * their place later, once all events of the transaction have been seen.
 */
export function judge(stream: OpenStream, delivery: Delivery, store: Store): Judgement {
  const body = readBody(delivery.body);
  if ('malformed' in body) return body;
  let grew = false;
  const findings = body.events.map((event, index) => {
    const finding = judgeEvent(stream, delivery, event, index, store);
    if (finding.kind !== 'row') return finding;
    try {
      const fitted = stream.shape.fit(finding.text, finding.node);
      finding.row = fitted.row;
      grew ||= fitted.grew;
      return finding;
    } catch (cause) {
      if (!(cause instanceof InvalidKey)) throw cause;
      return quarantined(stream, delivery, event, cause.reason);
    }
  });
  return { findings, grew };
}

function judgeEvent(
  stream: OpenStream,
  delivery: Delivery,
  event: Element,
  index: number,
  store: Store,
): Finding {
  const { text, node } = event;
  if (isFiltered(stream, delivery, event)) return { kind: 'filtered' };
  if (isRetry(stream, delivery, event, index, store)) return { kind: 'duplicate' };
  if (!node) return quarantined(stream, delivery, event, event.problem ?? NOT_OBJECT);
  if (node.kind !== 'object') return quarantined(stream, delivery, event, NOT_OBJECT);
  return { kind: 'row', text, node, row: '' };
}

/** What is no object is only dropped when a header says its type; else a person should see it. */
function isFiltered({ events, rules }: OpenStream, delivery: Delivery, { text, node }: Element): boolean {
  if (events === undefined) return false;
  const type = eventTypeOf(rules, delivery, text, node);
  return type === undefined ? node?.kind === 'object' : !events.has(type);
}

/**
 * The same delivery id, at the same place of its body, with the same bytes is a retry; with other bytes it is another event.
 */
function isRetry(
  { rules }: OpenStream,
  delivery: Delivery,
  event: Element,
  index: number,
  store: Store,
): boolean {
  const id = deliveryIdOf(rules, delivery, event.text, event.node);
  if (id === undefined) return false;
  const key = retryKey(rules.stream, id, index, textOf(event));
  if (store.hasDelivery(key)) return true;
  store.addDelivery(key, delivery.receivedAt);
  return false;
}

function quarantined({ rules }: OpenStream, delivery: Delivery, event: Element, reason: string): Finding {
  const deliveryId = deliveryIdOf(rules, delivery, event.text, event.node) ?? null;
  return { kind: 'quarantined', reason, deliveryId, raw: Buffer.from(textOf(event)) };
}

/** One event, as it was sent. */
function textOf({ text, node }: Element): string {
  return node ? text.slice(node.start, node.end) : text;
}
