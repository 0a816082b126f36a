import { GIVE_SECRET, type Provider } from './provider.js';

/** Anything that posts JSON. With secrets and no `verification`, deliveries must be signed as in Standard Webhooks 1.0.0. */
export const webhooks: Provider = {
  name: 'webhooks',
  title: 'Webhooks',
  verification: { scheme: 'standard-webhooks' },
  isAnySender: true,
  // Svix, before the standard, called the header svix-id.
  deliveryId: { header: 'webhook-id', alternatives: ['svix-id'] },
  keyProperties: [],
  facts: {
    uncovered: 'It depends on `verification`: only what `signed` names is covered.',
    retries: 'It depends on the sender.',
    sources: ['standard-webhooks/standard-webhooks: spec/standard-webhooks.md'],
  },
  steps: (url) => [
    "Open the sender's settings for webhooks, callbacks or outgoing HTTP requests.",
    `Paste this URL: ${url}`,
    'Choose the method POST and the format JSON. Leave user name and password empty.',
    `If the sender shows a signing secret that begins with whsec_ (Standard Webhooks), ${GIVE_SECRET}. If it proves in another way who it is, say how in \`verification\`.`,
    'Save, and send a test event.',
  ],
};
