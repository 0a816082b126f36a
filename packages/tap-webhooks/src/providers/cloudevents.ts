import { GIVE_SECRET, type Provider } from './provider.js';

/** CloudEvents 1.0 over HTTP in structured JSON, alone or as a batch: whatever follows the standard of the CNCF. */
export const cloudevents: Provider = {
  name: 'cloudevents',
  title: 'CloudEvents',
  verification: { scheme: 'bearer' },
  isAnySender: true,
  deliveryId: { body: ['id'] },
  eventType: { body: ['type'] },
  eventTime: { body: ['time'], unit: 'rfc3339' },
  keyProperties: [],
  facts: {
    uncovered: 'Everything: the token is shown, not used to sign. Whoever sees one request can send others.',
    retries: 'It depends on the sender. The standard lets it stop after 410.',
    notes: [
      'A sender that asks for permission first (OPTIONS, as Azure Event Grid does) cannot be connected yet.',
      'In binary mode the attributes are headers (`ce-…`): choose the structured mode.',
      'An id is unique only within its `source`; a retry is recognised by id and content.',
      'If your sender signs, say how in `verification`.',
    ],
    sources: ['cloudevents/spec: cloudevents/http-webhook.md, spec.md, formats/json-format.md'],
  },
  steps: (url) => [
    "Open the sender's settings and add an HTTP target or subscription.",
    `Paste this URL: ${url}`,
    'Choose CloudEvents 1.0 in structured mode (JSON).',
    `Let it send a long random text as Authorization: Bearer, and ${GIVE_SECRET}.`,
  ],
};
