import { hmacScheme } from '../auth/hmac.js';
import { delightedSchema } from './delighted-schema.js';
import type { Provider } from './provider.js';

/** Delighted (delighted.com): survey responses and unsubscribes, one event a delivery. */
export const delighted: Provider = {
  name: 'delighted',
  title: 'Delighted',
  signature: hmacScheme({
    name: 'delighted',
    header: 'x-delighted-webhook-signature',
    hash: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
  }),
  deliveryId: { body: ['event_id'] },
  eventType: { body: ['event_type'] },
  // Stitch defines no key either: the same response comes several times, and each delivery is a row.
  keyProperties: [],
  latestBy: {
    column: 'event_type',
    paths: {
      'survey_response.created': 'event_data.id',
      'survey_response.updated': 'event_data.id',
      'unsubscribe.created': 'event_data.person_id',
    },
  },
  schema: delightedSchema,
  steps: (url) => [
    'In Delighted, open Integrations and choose Webhooks.',
    `Add a webhook with this URL: ${url}`,
    'Choose the events that it sends (survey responses, unsubscribes) and save.',
    "Deliveries are signed with the project's private API key (in Delighted: Integrations, then API): put that key into `secrets`, `secrets_file` or `secrets_env` of this integration.",
  ],
};
