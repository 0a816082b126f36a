import { DELIVERY_ID_HEADERS, standardWebhooks } from '../signatures/standard-webhooks.js';
import type { Provider } from './provider.js';

/** Anything that posts JSON. Senders that follow Standard Webhooks 1.0.0 are checked by it when secrets are given. */
export const webhooks: Provider = {
  name: 'webhooks',
  title: 'Webhooks',
  signature: standardWebhooks,
  deliveryId: { header: DELIVERY_ID_HEADERS[0] },
  keyProperties: [],
  steps: (url) => [
    "Open the sender's page for webhooks, callbacks or outgoing HTTP requests.",
    `Paste this URL: ${url}`,
    'Choose the method POST and the format JSON; leave user name and password empty.',
    'If the sender signs by Standard Webhooks (it shows a secret that begins with whsec_), put that secret into `secrets`, `secrets_file` or `secrets_env` of this integration.',
    'Save, and send a test event.',
  ],
};
