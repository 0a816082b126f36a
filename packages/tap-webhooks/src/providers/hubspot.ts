import { GIVE_SECRET, type Provider } from './provider.js';

/** HubSpot (hubspot.com): changes of contacts, companies, deals and so on, several per delivery. */
export const hubspot: Provider = {
  name: 'hubspot',
  title: 'HubSpot',
  verification: {
    scheme: 'hmac',
    signature: { header: 'x-hubspot-signature-v3' },
    timestamp: { header: 'x-hubspot-request-timestamp', unit: 'milliseconds' },
    signed: '{method}{decoded_url}{body}{timestamp}',
    encoding: 'base64',
  },
  // `attemptNumber` differs in each retry. HubSpot does not promise that `eventId` alone is unique.
  deliveryId: { all: [{ body: ['eventId'] }, { body: ['subscriptionId'] }] },
  idAloneDecides: true,
  eventType: { body: ['subscriptionType'] },
  eventTime: { body: ['occurredAt'], unit: 'milliseconds' },
  keyProperties: [],
  facts: {
    uncovered: 'Nothing that matters: method, URL, body and time are signed.',
    retries:
      'After an answer other than 2xx, or no answer within 5 s, a delivery is tried again up to 10 times in 24 hours.',
    notes: [
      '`public_url` must be the address that HubSpot calls, since the URL is signed.',
      '`attemptNumber` differs in each retry, so the id alone tells one. An event without `subscriptionId` has no id.',
      'A delivery is an array of up to 100 events, which are not in the order of their times.',
      'Rows count as versions of one object only if the integration names a `latest_by`: `objectId` is right if it takes objects of one kind, since ids of several kinds may be equal.',
    ],
    unconfirmed: ['Whether a retry is signed anew, so there is no time limit.', 'The number of retries.'],
    sources: [
      'developers.hubspot.com: Validating requests',
      'HubSpot/hubspot-api-nodejs: src/utils/signature.ts',
      'hookdeck/webhook-skills',
    ],
  },
  steps: (url) => [
    'In the HubSpot developer account, open Apps, then your app, then Webhooks.',
    `Paste this as Target URL: ${url}`,
    'Choose Create subscription, choose object and event, and activate the subscription.',
    `Open the tab Auth, copy the Client secret (not an access token), and ${GIVE_SECRET}.`,
  ],
};
