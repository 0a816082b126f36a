import { GIVE_SECRET, type Provider } from './provider.js';

/** Calendly (calendly.com): invitees who book, cancel or do not come. */
export const calendly: Provider = {
  name: 'calendly',
  title: 'Calendly',
  verification: {
    scheme: 'hmac',
    signature: { header: 'calendly-webhook-signature', prefix: 'v1=' },
    timestamp: { header: 'calendly-webhook-signature', prefix: 't=' },
    signed: '{timestamp}.{body}',
  },
  eventType: { body: ['event'] },
  eventTime: { body: ['created_at'], unit: 'rfc3339' },
  keyProperties: [],
  latestBy: 'payload.uri',
  facts: {
    uncovered:
      'Nothing of an event: time and body are signed. But without an event id or a time limit, a captured request that is sent again makes a second row.',
    retries:
      'After an answer other than 2xx, or no answer within 15 s, a delivery is tried again at growing intervals for 24 hours; then the subscription is disabled. After 410 it is deleted. Calendly sends no event id, so a retry makes a second row.',
    unconfirmed: ['Whether a retry is signed anew, so there is no time limit.'],
    sources: ['developer.calendly.com: Webhooks, Webhook Signatures', 'hookdeck/webhook-skills'],
  },
  steps: (url) => [
    'Calendly has no settings page for this: create a personal access token under Integrations & apps, then API & Webhooks.',
    `Send POST https://api.calendly.com/webhook_subscriptions with that token, your organization, the events, the scope, a long random text as signing_key, and this url: ${url}`,
    `Take the signing_key that you sent, and ${GIVE_SECRET}. Calendly does not show it again.`,
  ],
};
