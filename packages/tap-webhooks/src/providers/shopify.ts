import { GIVE_SECRET, type Provider } from './provider.js';

/** Shopify (shopify.com): what happens in a shop. The body is the order, product or customer itself. */
export const shopify: Provider = {
  name: 'shopify',
  title: 'Shopify',
  verification: { scheme: 'hmac', signature: { header: 'x-shopify-hmac-sha256' }, encoding: 'base64' },
  // An event id is shared by webhooks of several topics, whose bodies may be equal.
  deliveryId: { header: 'x-shopify-webhook-id', alternatives: ['x-shopify-event-id'] },
  eventType: { header: 'x-shopify-topic' },
  eventTime: { header: 'x-shopify-triggered-at', unit: 'rfc3339' },
  keyProperties: [],
  // `id` is unique only among things of one kind.
  latestBy: 'admin_graphql_api_id',
  facts: {
    uncovered:
      'The headers, so topic, shop and delivery id; and the time: a captured request can be sent again. Only with another delivery id does it make a second row.',
    retries:
      'After an answer other than 2xx, or no answer within 5 s, a delivery is tried again 8 times in 4 hours. If that goes on, Shopify removes the subscription.',
    unconfirmed: ['That `X-Shopify-Webhook-Id` is the same in each retry.'],
    sources: ['shopify.dev: Webhooks', 'hookdeck/webhook-skills'],
  },
  steps: (url) => [
    'In Shopify, open Settings, then Notifications, then Webhooks, and choose Create webhook. (In an app: webhook subscriptions in shopify.app.toml, or the API.)',
    `Choose the event, the format JSON, and paste this URL: ${url}`,
    `Save. Copy the secret that the page shows for signed webhooks (in an app: the client secret), and ${GIVE_SECRET}.`,
  ],
};
