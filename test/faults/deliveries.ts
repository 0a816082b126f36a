import { createHmac } from 'node:crypto';
import { Seeded } from '../helpers/seeded.js';

/** An integration that the oracle posts to, as in the tap's config. */
export const INTEGRATIONS = [
  { name: 'orders', provider: 'webhooks', key_properties: ['id'] },
  { name: 'notes', provider: 'webhooks' },
  { name: 'surveys', provider: 'delighted', secrets: ['numbered'] },
] as const;

export type IntegrationName = (typeof INTEGRATIONS)[number]['name'];

/** One event of a delivery, as it must be in the table. */
export interface SentEvent {
  /** `<number of the delivery>/<index in its array>`, also the value of the event's member `event`. */
  readonly id: string;
  /** The JSON text as sent. */
  readonly text: string;
  /** What it is a version of, such as `orders 7`; absent where the integration has no key. */
  readonly key?: string;
  /** True when it cannot become a row, so it must be in the quarantine. */
  readonly quarantined: boolean;
}

/** A request that the oracle posts, made of the seed and its number alone. */
export interface Delivery {
  readonly number: number;
  readonly integration: IntegrationName;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly events: readonly SentEvent[];
  /** True when a repetition is recognised by its id, so it may be posted again after an unknown outcome. */
  readonly repeatable: boolean;
}

/** Keys of `orders`: few, so that each has many versions. */
const KEYS = 25;
/** A new column appears after so many deliveries. */
const NEW_COLUMN_EVERY = 500;
const MOST_NEW_COLUMNS = 20;

/** Pieces of JSON strings that are easy to spoil on the way: escapes, other scripts, names of a prototype, separators. */
const ODD_TEXTS = [
  'plain',
  '',
  '\\u0061\\/\\b\\f\\n\\r\\t\\\\\\"',
  '\\u0000',
  '\\ud83d\\ude00 😀 e\u0301 é',
  '日本 中国 العربية',
  '\u2028\u2029\u00a0\u200b',
  '__proto__ constructor',
  '=1+1;<script>$(x)`',
  '{\\"type\\":\\"STATE\\"}\\n',
  'NaN null true 1e999',
];
const NUMBERS = ['0.1', '129.90', '-1.5e-7', '9007199254740993.25', '0.10000000000000000001'];

/** What every delivery of a run is like. */
export interface DeliveryForm {
  readonly seed: number;
  /** Every delivery has an id by which a repetition is recognised, so it can be posted until it is answered 200. */
  readonly insist: boolean;
  /** Every delivery is one event that becomes a row. */
  readonly oneEventEach: boolean;
}

/** Returns the delivery of a number. Deliveries of one form never change, so the judge can make them again. */
export function deliveryOf(form: DeliveryForm, number: number): Delivery {
  const { seed, oneEventEach } = form;
  const random = new Seeded(Math.imul(seed, 1_000_003) ^ Math.imul(number, 7919));
  const integration = random.pick(['orders', 'orders', 'orders', 'notes', 'notes', 'surveys'] as const);
  if (integration === 'surveys') return survey(random, number);
  const isArray = random.below(10) === 0 && !oneEventEach;
  const count = isArray ? 2 + random.below(random.below(20) === 0 ? 200 : 5) : 1;
  const events = Array.from({ length: count }, (_, index) =>
    integration === 'orders' ? order(random, number, index, !oneEventEach) : note(random, number, index),
  );
  const repeatable = form.insist || random.below(2) === 0;
  const texts = events.map(({ text }) => text);
  return {
    number,
    integration,
    headers: repeatable ? { 'webhook-id': `delivery-${seed}-${number}` } : {},
    body: count === 1 ? (texts[0] as string) : `[${texts.join(',')}]`,
    events,
    repeatable,
  };
}

function order(random: Seeded, number: number, index: number, mayBeOdd: boolean): SentEvent {
  const quarantined = random.below(150) === 0 && mayBeOdd;
  const id = random.below(KEYS);
  const members = [
    `"event":"${number}/${index}"`,
    `"id":${quarantined ? 'null' : id}`,
    `"total":${random.pick(NUMBERS)}`,
    `"paid":${random.pick(['true', 'false', 'null'])}`,
    `"customer":{"name":"${random.pick(ODD_TEXTS)}","visits":${random.below(1000)}}`,
    `"tags":["${random.pick(ODD_TEXTS)}","${random.pick(ODD_TEXTS)}"]`,
  ];
  const column = Math.floor(number / NEW_COLUMN_EVERY);
  if (column > 0 && column <= MOST_NEW_COLUMNS) members.push(`"new_${column}":"${random.below(10)}"`);
  return {
    id: `${number}/${index}`,
    text: `{${members.join(',')}}`,
    ...(quarantined ? {} : { key: `orders ${id}` }),
    quarantined,
  };
}

function note(random: Seeded, number: number, index: number): SentEvent {
  const isBig = index === 0 && random.below(60) === 0;
  const text = random.pick(ODD_TEXTS).repeat(1 + (isBig ? random.below(20_000) : random.below(20)));
  return {
    id: `${number}/${index}`,
    text: `{"event":"${number}/${index}","text":"${text}"}`,
    quarantined: false,
  };
}

function survey(random: Seeded, number: number): Delivery {
  const text =
    `{"event_type":"survey_response.created","event_id":"survey-${number}","event":"${number}/0",` +
    `"event_data":{"id":"${random.below(KEYS)}","score":${random.below(11)},"comment":"${random.pick(ODD_TEXTS)}"}}`;
  const digest = createHmac('sha256', 'numbered').update(text).digest('hex');
  return {
    number,
    integration: 'surveys',
    headers: { 'x-delighted-webhook-signature': `sha256=${digest}` },
    body: text,
    events: [{ id: `${number}/0`, text, quarantined: false }],
    repeatable: true,
  };
}
