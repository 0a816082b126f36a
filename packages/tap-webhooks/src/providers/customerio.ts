import { GIVE_SECRET, type Provider } from './provider.js';

/** Customer.io (customer.io): what became of messages, by Reporting Webhooks. */
export const customerio: Provider = {
  name: 'customerio',
  title: 'Customer.io',
  verification: {
    scheme: 'hmac',
    signature: { header: 'x-cio-signature' },
    timestamp: { header: 'x-cio-timestamp' },
    signed: 'v0:{timestamp}:{body}',
  },
  deliveryId: { body: ['event_id'] },
  eventType: { body: ['metric'] },
  eventTime: { body: ['timestamp'], unit: 'seconds' },
  keyProperties: [],
  facts: {
    uncovered: 'Nothing that matters: time and body are signed.',
    retries:
      'After an answer other than 2xx, or no answer within 4 s, a delivery is tried again at growing intervals for 7 days, after most errors only 1 hour later. One call that fails holds up all after it.',
    notes: ['The kind of thing that a `metric` is about is in `object_type`.'],
    unconfirmed: ['Whether a retry is signed anew, so there is no time limit.'],
    sources: [
      'docs.customer.io: Reporting Webhooks',
      'the receiver of daily.dev (verifyCIOSignature)',
      'hookdeck/webhook-skills',
    ],
  },
  steps: (url) => [
    'In Customer.io, open Data & Integrations, then Integrations, then Reporting Webhooks, and choose Add Reporting Webhook.',
    `Paste this as Webhook Endpoint: ${url}`,
    'Choose the events, and choose Save and Enable Webhook.',
    `Copy the signing key of the webhook, and ${GIVE_SECRET}.`,
  ],
};
