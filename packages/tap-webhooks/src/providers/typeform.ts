import { GIVE_SECRET, type Provider } from './provider.js';

/** Typeform (typeform.com): responses to a form. */
export const typeform: Provider = {
  name: 'typeform',
  title: 'Typeform',
  verification: {
    scheme: 'hmac',
    signature: { header: 'typeform-signature', prefix: 'sha256=' },
    encoding: 'base64',
  },
  deliveryId: { body: ['event_id'] },
  eventType: { body: ['event_type'] },
  eventTime: { body: ['form_response', 'submitted_at'], unit: 'rfc3339' },
  keyProperties: [],
  latestBy: 'form_response.token',
  facts: {
    uncovered: 'The headers, and the time: a captured request can be sent again. It makes no second row.',
    retries:
      'Typeform tries again after 408, 423, 429 and 503 every 2 to 3 minutes for 10 hours; after other failures, or no answer within 30 s, it tries again after 5, 10, 20, 60 and 120 minutes. After 404 or 410 it switches the webhook off at once.',
    notes: ['An answer has another shape for each type of question.'],
    sources: ['www.typeform.com/developers/webhooks: Secure your webhooks', 'hookdeck/webhook-skills'],
  },
  steps: (url) => [
    'In Typeform, open the form, then Connect, then Webhooks, and choose Add a webhook.',
    `Paste this URL, and save: ${url}`,
    `Choose Edit, type a long random text as Secret, save, and ${GIVE_SECRET}.`,
    'Switch the webhook on.',
  ],
};
