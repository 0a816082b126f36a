import type { JsonSchema } from '@tap-webhooks/singer';
import type { ChosenColumn, Delivery } from './inbox.js';

/** Characters of a value that a column gets. An id or a header has fewer; what a sender puts into a body may have millions. */
const MOST_CHARACTERS = 1024;

const TEXT = { type: ['null', 'string'] } as const;
const TIME = { type: ['null', 'string'], format: 'date-time' } as const;

/** What an event shows of itself. */
export interface EventFacts {
  readonly deliveryId: string | null;
  readonly eventType: string | null;
  /** RFC 3339. */
  readonly eventTime: string | null;
}

/** Returns the columns of an event that its integration asked for, as members of a JSON object. */
export function chosenMembers(
  columns: readonly ChosenColumn[],
  event: EventFacts,
  delivery: Delivery,
): string {
  return columns
    .map((column) => {
      const value = shownValue(column, event, delivery)?.slice(0, MOST_CHARACTERS) ?? null;
      return `"${column.name}":${JSON.stringify(value)}`;
    })
    .join(',');
}

function shownValue({ from }: ChosenColumn, event: EventFacts, { headers, query }: Delivery) {
  if (from === 'event_id') return event.deliveryId;
  if (from === 'event_type') return event.eventType;
  if (from === 'event_time') return event.eventTime;
  return 'header' in from ? headers?.[from.header] : query?.[from.query];
}

/** Returns the JSON Schemas of these columns. */
export function chosenProperties(columns: readonly ChosenColumn[]): { readonly [name: string]: JsonSchema } {
  return Object.fromEntries(columns.map(({ name, from }) => [name, from === 'event_time' ? TIME : TEXT]));
}
