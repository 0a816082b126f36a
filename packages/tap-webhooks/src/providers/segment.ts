import { GIVE_SECRET, type Provider } from './provider.js';

/** Segment (segment.com): the calls that a workspace collects. */
export const segment: Provider = {
  name: 'segment',
  title: 'Segment',
  verification: { scheme: 'hmac', signature: { header: 'x-signature' }, hash: 'sha1' },
  deliveryId: { body: ['messageId'] },
  eventType: { body: ['type'] },
  eventTime: { body: ['timestamp'], unit: 'rfc3339' },
  keyProperties: [],
  facts: {
    uncovered: 'The headers, and the time: a captured request can be sent again. It makes no second row.',
    retries: 'After answers of 5xx, for up to 4 hours. After 4xx the call is lost.',
    notes: [
      'Without a shared secret Segment sends no signature.',
      'Of the up to 5 URLs of one Webhooks destination, one that accepts a call ends its retries for all.',
    ],
    unconfirmed: ['How Webhooks (Actions) sends several calls in one request: as an array, it is taken.'],
    sources: ['segmentio/segment-docs: webhooks, actions-webhook'],
  },
  steps: (url) => [
    'In Segment, open Connections, then Catalog, and add the destination Webhooks or Webhooks (Actions).',
    `Paste this URL: ${url}`,
    `Type a long random text as Shared Secret, and ${GIVE_SECRET}.`,
    'Turn the destination on.',
  ],
};
