import { GIVE_SECRET, type Provider } from './provider.js';

/** Stripe (stripe.com): events of an account. */
export const stripe: Provider = {
  name: 'stripe',
  title: 'Stripe',
  verification: {
    scheme: 'hmac',
    signature: { header: 'stripe-signature', prefix: 'v1=' },
    timestamp: { header: 'stripe-signature', prefix: 't=' },
    signed: '{timestamp}.{body}',
    // The default of Stripe's own libraries; each retry has a time and a signature of its own.
    tolerance_seconds: 300,
  },
  deliveryId: { body: ['id'] },
  eventType: { body: ['type'] },
  eventTime: { body: ['created'], unit: 'seconds' },
  keyProperties: [],
  // The event is about this object; ids differ by kind (`cus_…`, `in_…`).
  latestBy: 'data.object.id',
  facts: {
    uncovered: 'Nothing that matters: time and body are signed.',
    retries:
      'Live: for up to 3 days, at growing intervals. Sandbox: 3 times within hours. Each time the event id is the same, and time and signature are new.',
    notes: [
      'The secret `whsec_…` is the key as it is shown: it is not decoded.',
      'Events may arrive in another order than they happened.',
    ],
    sources: ['docs.stripe.com: Webhooks', 'hookdeck/webhook-skills'],
  },
  steps: (url) => [
    'In Stripe, open Workbench, then Webhooks (or Developers, then Webhooks), and choose Add destination or Add endpoint.',
    `Choose the events to send, and paste this as Endpoint URL: ${url}`,
    `Save, reveal the Signing secret (whsec_…), and ${GIVE_SECRET}.`,
  ],
};
