import { GIVE_SECRET, type Provider } from './provider.js';

/** Mailgun (mailgun.com): events of emails. It signs in the body, and signs nothing of the event. */
export const mailgun: Provider = {
  name: 'mailgun',
  title: 'Mailgun',
  verification: {
    scheme: 'hmac',
    signature: { body: 'signature.signature' },
    timestamp: { body: 'signature.timestamp' },
    signed: '{timestamp}{body:signature.token}',
  },
  deliveryId: { body: ['event-data', 'id'] },
  eventType: { body: ['event-data', 'event'] },
  eventTime: { body: ['event-data', 'timestamp'], unit: 'seconds' },
  keyProperties: [],
  facts: {
    uncovered:
      'The event itself: only time and token are signed. Whoever sees one request can send other events with its signature, so keep the URL secret.',
    retries:
      'After an answer other than 200 a delivery is tried again after 10, 10, 15 and 30 minutes, and 1, 2 and 4 hours. After 406 it is not.',
    notes: [
      'If a retry has a new signature, it is another content with the same id, and so makes a second row.',
      'A subaccount signs with its own key; give that.',
    ],
    unconfirmed: ['Whether a retry is signed anew, so there is no time limit.'],
    sources: ['documentation.mailgun.com: Webhooks, Securing Webhooks', 'hookdeck/webhook-skills'],
  },
  steps: (url) => [
    'In Mailgun, open Sending, then Webhooks (of the account, or of one domain), and choose Add webhook.',
    `Choose an event type, and paste this URL: ${url}`,
    'Save, and repeat it for each event type, with the same URL.',
    `Open API Security, copy the HTTP webhook signing key (it is not the API key), and ${GIVE_SECRET}.`,
  ],
};
