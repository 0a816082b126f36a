import { GIVE_SECRET, type Provider } from './provider.js';

/** Zendesk (zendesk.com): events of users, organizations, articles and so on. */
export const zendesk: Provider = {
  name: 'zendesk',
  title: 'Zendesk',
  verification: {
    scheme: 'hmac',
    signature: { header: 'x-zendesk-webhook-signature' },
    timestamp: { header: 'x-zendesk-webhook-signature-timestamp', unit: 'rfc3339' },
    signed: '{timestamp}{body}',
    encoding: 'base64',
  },
  deliveryId: { body: ['id'] },
  eventType: { body: ['type'] },
  eventTime: { body: ['time'], unit: 'rfc3339' },
  keyProperties: [],
  latestBy: 'subject',
  facts: {
    uncovered: 'Nothing that matters: time and body are signed.',
    retries:
      'An answer must come within 10 s. When 70 % of the calls within 5 minutes fail, or more than 1000, Zendesk pauses the webhook.',
    notes: [
      'All this is about webhooks that are subscribed to Zendesk events. The body of one that a trigger or an automation calls is your own: make it JSON, and use POST.',
    ],
    unconfirmed: [
      'Whether a retry is signed anew, so there is no time limit.',
      'After which answers Zendesk tries again (409, 429 and 503 are named).',
    ],
    sources: [
      'developer.zendesk.com: Webhook event types, Verifying webhook requests',
      'prismatic.io: example payload of Zendesk',
    ],
  },
  steps: (url) => [
    'In the Zendesk Admin Center, open Apps and integrations, then Webhooks, and choose Create webhook.',
    'Choose Zendesk events, and the events to send.',
    `Type a name, paste this as Endpoint URL, and leave the authentication on None: ${url}`,
    `Choose Create webhook. On its page choose Reveal secret, copy the signing secret, and ${GIVE_SECRET}.`,
  ],
};
