import { GIVE_SECRET, type Provider } from './provider.js';

/** SendGrid (sendgrid.com): events of emails, several per delivery. */
export const sendgrid: Provider = {
  name: 'sendgrid',
  title: 'SendGrid',
  verification: {
    scheme: 'ecdsa',
    signature: { header: 'x-twilio-email-event-webhook-signature' },
    timestamp: { header: 'x-twilio-email-event-webhook-timestamp' },
    signed: '{timestamp}{body}',
    encoding: 'base64',
  },
  deliveryId: { body: ['sg_event_id'] },
  eventType: { body: ['event'] },
  eventTime: { body: ['timestamp'], unit: 'seconds' },
  keyProperties: [],
  facts: {
    uncovered: 'Nothing that matters: time and body are signed.',
    retries:
      'After an answer other than 2xx a delivery is tried again at growing intervals for up to 24 hours.',
    notes: [
      'The secret is a public key: the Verification Key, as the page shows it.',
      'A delivery is always an array, even for one event. `category` is a text or a list.',
    ],
    unconfirmed: [
      'Whether a retry is signed anew, so there is no time limit.',
      'That every event has an `sg_event_id`: without one its retry makes a second row.',
    ],
    sources: [
      'sendgrid/sendgrid-nodejs: packages/eventwebhook',
      'docs of Twilio SendGrid: Event Webhook Security Features',
      'hookdeck/webhook-skills',
    ],
  },
  steps: (url) => [
    'In SendGrid, open Settings, then Mail Settings, then Event Webhooks, and choose Create new webhook.',
    `Paste this as Post URL: ${url}`,
    'Choose the actions to be posted.',
    `Under Security features enable Signed Event Webhook and save. Copy the Verification Key and ${GIVE_SECRET}.`,
  ],
};
