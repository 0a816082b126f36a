import type { Provider } from './provider.js';
import { veroSchema } from './vero-schema.js';

/** Vero (getvero.com): email events and changes of users, one event a delivery. It signs nothing and sends no event id. */
export const vero: Provider = {
  name: 'vero',
  title: 'Vero',
  eventType: { body: ['type'] },
  keyProperties: [],
  latestBy: {
    column: 'type',
    paths: {
      user_created: 'user.id',
      user_updated: 'user.id',
      unsubscribed: 'user.id',
      resubscribed: 'user.id',
      sent: 'message_id',
      delivered: 'message_id',
      opened: 'message_id',
      clicked: 'message_id',
      bounced: 'message_id',
      failed: 'message_id',
      complained: 'message_id',
      converted: 'message_id',
    },
  },
  schema: veroSchema,
  steps: (url) => [
    'In Vero, open Settings, then Integrations, then Webhooks.',
    `Add a webhook with this URL: ${url}`,
    'Choose the events that it sends and save. Where Vero asks for one event a webhook, add one for each event with this same URL.',
    'Vero does not sign what it sends, so this URL is the only protection: keep it secret.',
  ],
};
