import { GIVE_SECRET, type Provider } from './provider.js';

/** Intercom (intercom.com): notifications of a workspace. */
export const intercom: Provider = {
  name: 'intercom',
  title: 'Intercom',
  verification: { scheme: 'hmac', signature: { header: 'x-hub-signature', prefix: 'sha1=' }, hash: 'sha1' },
  deliveryId: { body: ['id'] },
  eventType: { body: ['topic'] },
  eventTime: { body: ['created_at'], unit: 'seconds' },
  keyProperties: [],
  facts: {
    uncovered: 'The headers, and the time: a captured request can be sent again. It makes no second row.',
    retries:
      'More than 1000 errors within 15 minutes pause the notifications for 15 minutes; errors over 7 days suspend the subscription.',
    notes: [
      'The `ping` that Intercom sends when the webhook is saved becomes a row.',
      'Rows count as versions of one thing only if the integration names a `latest_by`: `data.item.id` is right if its topics are about things of one kind.',
    ],
    unconfirmed: [
      'That a notification is tried again once, after 1 minute, and what else it contains then: fields that count attempts would make a second row.',
      'That Intercom sends a HEAD request when the URL is saved, which is answered 405.',
    ],
    sources: ['developers.intercom.com: Webhooks, Webhook notifications', 'hookdeck/webhook-skills'],
  },
  steps: (url) => [
    'In the Intercom Developer Hub, open your app, then Configure, then Webhooks.',
    `Paste this as Endpoint URL: ${url}`,
    'Choose the topics, and choose Save.',
    `Open Basic Information, copy the Client secret, and ${GIVE_SECRET}.`,
  ],
};
