import { generateKeyPairSync, sign } from 'node:crypto';
import { hmac, type SignedSample, seconds } from './signed-sample.js';

/** A pair as SendGrid makes it, on the curve of the key in its own tests. */
const EC = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** One signed delivery per provider, each by the rule that the provider publishes; `PROVIDERS.md` names where. */
export const signedSamples: readonly SignedSample[] = [
  {
    provider: 'delighted',
    secret: 'delighted-api-key',
    sign: (body) => ({
      'x-delighted-webhook-signature': `sha256=${hmac('sha256', 'delighted-api-key', 'hex', body)}`,
    }),
    signs: ['x-delighted-webhook-signature'],
  },
  {
    provider: 'webhooks',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    sign(body, now) {
      const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
      const signature = hmac('sha256', key, 'base64', `msg_1.${seconds(now)}.`, body);
      return {
        'webhook-id': 'msg_1',
        'webhook-timestamp': seconds(now),
        'webhook-signature': `v1,${signature}`,
      };
    },
    signs: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  },
  {
    provider: 'github',
    secret: "It's a Secret to Everybody",
    sign: (body) => ({
      'x-github-event': 'issues',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${hmac('sha256', "It's a Secret to Everybody", 'hex', body)}`,
    }),
    signs: ['x-hub-signature-256'],
  },
  {
    provider: 'gitlab',
    secret: 'a-long-random-text',
    sign: () => ({
      'x-gitlab-event': 'Push Hook',
      'x-gitlab-token': 'a-long-random-text',
      'idempotency-key': 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
    }),
    signs: ['x-gitlab-token'],
    signedParts: 'nothing',
  },
  {
    provider: 'stripe',
    secret: 'whsec_an-endpoint-secret',
    sign(body, now) {
      const signature = hmac('sha256', 'whsec_an-endpoint-secret', 'hex', `${seconds(now)}.`, body);
      return { 'stripe-signature': `t=${seconds(now)},v1=${signature}` };
    },
    signs: ['stripe-signature'],
  },
  {
    provider: 'shopify',
    secret: 'a-client-secret',
    sign: (body) => ({
      'x-shopify-topic': 'orders/create',
      'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      'x-shopify-hmac-sha256': hmac('sha256', 'a-client-secret', 'base64', body),
    }),
    signs: ['x-shopify-hmac-sha256'],
  },
  {
    provider: 'segment',
    secret: 'a-shared-secret',
    sign: (body) => ({ 'x-signature': hmac('sha1', 'a-shared-secret', 'hex', body) }),
    signs: ['x-signature'],
  },
  {
    provider: 'standard-webhooks',
    secret: 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    sign(body, now) {
      const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
      const signature = hmac('sha256', key, 'base64', `msg_2.${seconds(now)}.`, body);
      return { 'svix-id': 'msg_2', 'svix-timestamp': seconds(now), 'svix-signature': `v1,${signature}` };
    },
    signs: ['svix-id', 'svix-timestamp', 'svix-signature'],
  },
  {
    provider: 'sendgrid',
    secret: EC.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    sign(body, now) {
      const text = Buffer.concat([Buffer.from(seconds(now)), body]);
      return {
        'x-twilio-email-event-webhook-timestamp': seconds(now),
        'x-twilio-email-event-webhook-signature': sign('sha256', text, EC.privateKey).toString('base64'),
      };
    },
    signs: ['x-twilio-email-event-webhook-timestamp', 'x-twilio-email-event-webhook-signature'],
  },
  {
    provider: 'mailgun',
    secret: 'a-webhook-signing-key',
    prepare(sample, now) {
      const { signature, ...rest } = JSON.parse(sample.toString());
      const timestamp = seconds(now);
      const made = hmac('sha256', 'a-webhook-signing-key', 'hex', timestamp + signature.token);
      return Buffer.from(
        JSON.stringify({ signature: { ...signature, timestamp, signature: made }, ...rest }),
      );
    },
    sign: () => ({}),
    signs: [],
    signedParts: [/"timestamp":"([^"]+)"/, /"token":"([^"]+)"/, /"signature":"([^"]+)"/],
  },
  {
    provider: 'hubspot',
    secret: 'a-client-secret',
    sign(body, now) {
      const url = 'https://hooks.example.com/v1/shop/token';
      return {
        'x-hubspot-request-timestamp': String(now),
        'x-hubspot-signature-v3': hmac(
          'sha256',
          'a-client-secret',
          'base64',
          `POST${url}`,
          body,
          String(now),
        ),
      };
    },
    signs: ['x-hubspot-request-timestamp', 'x-hubspot-signature-v3'],
    signsUrl: true,
  },
  {
    provider: 'intercom',
    secret: 'a-client-secret',
    sign: (body) => ({ 'x-hub-signature': `sha1=${hmac('sha1', 'a-client-secret', 'hex', body)}` }),
    signs: ['x-hub-signature'],
  },
  {
    provider: 'customerio',
    secret: 'a-signing-key',
    sign: (body, now) => ({
      'x-cio-timestamp': seconds(now),
      'x-cio-signature': hmac('sha256', 'a-signing-key', 'hex', `v0:${seconds(now)}:`, body),
    }),
    signs: ['x-cio-timestamp', 'x-cio-signature'],
  },
  {
    provider: 'typeform',
    secret: 'a-long-random-text',
    sign: (body) => ({
      'typeform-signature': `sha256=${hmac('sha256', 'a-long-random-text', 'base64', body)}`,
    }),
    signs: ['typeform-signature'],
  },
  {
    provider: 'calendly',
    secret: 'a-signing-key',
    sign(body, now) {
      const signature = hmac('sha256', 'a-signing-key', 'hex', `${seconds(now)}.`, body);
      return { 'calendly-webhook-signature': `t=${seconds(now)},v1=${signature}` };
    },
    signs: ['calendly-webhook-signature'],
  },
  {
    provider: 'zendesk',
    secret: 'a-signing-secret',
    sign(body, now) {
      const timestamp = new Date(now).toISOString();
      return {
        'x-zendesk-webhook-signature-timestamp': timestamp,
        'x-zendesk-webhook-signature': hmac('sha256', 'a-signing-secret', 'base64', timestamp, body),
      };
    },
    signs: ['x-zendesk-webhook-signature-timestamp', 'x-zendesk-webhook-signature'],
  },
  {
    provider: 'cloudevents',
    secret: 'a-long-random-text',
    sign: () => ({ authorization: 'Bearer a-long-random-text' }),
    signs: ['authorization'],
    signedParts: 'nothing',
  },
];
