import { GIVE_SECRET, type Provider } from './provider.js';

/** GitHub (github.com): events of repositories, organizations and apps. */
export const github: Provider = {
  name: 'github',
  title: 'GitHub',
  verification: { scheme: 'hmac', signature: { header: 'x-hub-signature-256', prefix: 'sha256=' } },
  // A webhook with the Content type application/x-www-form-urlencoded has the event in this field.
  body: { jsonField: 'payload' },
  deliveryId: { header: 'x-github-delivery' },
  eventType: { header: 'x-github-event' },
  keyProperties: [],
  // GitHub sends nothing above 25 MB.
  bodyLimitBytes: 26_214_400,
  facts: {
    uncovered:
      'The headers, so the event type and the delivery id; and the time: a captured request can be sent again. Only with another delivery id does it make a second row.',
    retries:
      'GitHub does not try again by itself. A delivery that was not answered with 2xx within 10 s can be redelivered by hand or by its API for 3 days, with the same id.',
    notes: ['The `ping` that GitHub sends when the webhook is created becomes a row.'],
    sources: [
      'docs.github.com: Validating webhook deliveries, Best practices for using webhooks',
      'hookdeck/webhook-skills',
    ],
  },
  steps: (url) => [
    "In GitHub, open the repository's or organization's Settings, then Webhooks, and choose Add webhook.",
    `Paste this as Payload URL: ${url}`,
    'Choose the Content type application/json. (application/x-www-form-urlencoded works too.)',
    `Type a long random text as Secret, and ${GIVE_SECRET}.`,
    'Choose which events should trigger the webhook, leave Active ticked, and choose Add webhook.',
  ],
};
