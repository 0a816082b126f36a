import { GIVE_SECRET, type Provider } from './provider.js';

/** Any sender that follows Standard Webhooks 1.0.0: Svix and who sends through it, Clerk, Resend, Polar, Supabase. */
export const standardWebhooks: Provider = {
  name: 'standard-webhooks',
  title: 'Standard Webhooks',
  verification: { scheme: 'standard-webhooks' },
  deliveryId: { header: 'webhook-id', alternatives: ['svix-id'] },
  eventType: { body: ['type'] },
  eventTime: { body: ['timestamp'], unit: 'rfc3339' },
  keyProperties: [],
  facts: {
    uncovered: 'Nothing that matters: id, time and body are signed.',
    retries:
      'The standard advises about ten within 75 hours. Each time the id is the same, and time and signature are new. A sender may switch a webhook off after 410.',
    notes: [
      'Polar uses the text of its secret as the key: set `"verification": {"scheme": "standard-webhooks", "key": "text"}`.',
      'A public key (`whpk_…`) is taken too.',
    ],
    unconfirmed: [
      'That each of these senders puts `type` and `timestamp` into the body: the standard only advises it.',
    ],
    sources: [
      'standard-webhooks/standard-webhooks: spec/standard-webhooks.md, libraries/javascript',
      'superplane issue 7439 (Polar)',
      'supabase/cli issue 3031 (v1,whsec_…)',
    ],
  },
  steps: (url) => [
    "Open the sender's page for webhooks and add an endpoint.",
    `Paste this URL: ${url}`,
    'Choose the events to send, and save.',
    `Copy the signing secret (whsec_…) and ${GIVE_SECRET}.`,
  ],
};
