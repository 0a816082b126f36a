import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Verification } from '../../../packages/tap-webhooks/dist/signatures/scheme.js';
import { schemeProblems } from '../../../packages/tap-webhooks/dist/signatures/scheme-problems.js';
import type { SignedRequest } from '../../../packages/tap-webhooks/dist/signatures/signature.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { signed } from './signed-request.js';

const KEY = 'a secret';
const BODY = '{"id":1}';
const SECONDS = '1700000000';
const FORM = 'application/x-www-form-urlencoded';
const ed = generateKeyPairSync('ed25519');

function hmac(text: string, encoding: 'hex' | 'base64' = 'hex', hash = 'sha256', key: string | Buffer = KEY) {
  return createHmac(hash, key).update(text).digest(encoding);
}

interface Sender {
  readonly name: string;
  readonly verification: Verification;
  readonly headers: { readonly [name: string]: string };
  readonly secret?: string;
  readonly body?: string;
  readonly more?: Partial<SignedRequest>;
}

/** Senders without a preset whose rule is known: the config can say it. */
const senders: readonly Sender[] = [
  {
    name: 'Slack',
    verification: {
      scheme: 'hmac',
      signature: { header: 'x-slack-signature', prefix: 'v0=' },
      timestamp: { header: 'x-slack-request-timestamp' },
      signed: 'v0:{timestamp}:{body}',
    },
    headers: {
      'x-slack-signature': `v0=${hmac(`v0:${SECONDS}:${BODY}`)}`,
      'x-slack-request-timestamp': SECONDS,
    },
  },
  {
    name: 'Meta',
    verification: { scheme: 'hmac', signature: { header: 'x-hub-signature-256', prefix: 'sha256=' } },
    headers: { 'x-hub-signature-256': `sha256=${hmac(BODY)}` },
  },
  {
    name: 'Mandrill, which signs the URL and the fields of a form',
    verification: {
      scheme: 'hmac',
      signature: { header: 'x-mandrill-signature' },
      signed: '{url}{fields}',
      hash: 'sha1',
      encoding: 'base64',
    },
    headers: {
      'content-type': FORM,
      'x-mandrill-signature': hmac(
        'https://hooks.example.com/v1/shop/tokenmandrill_events[{"event":"open","n":"ü"}]',
        'base64',
        'sha1',
      ),
    },
    body: `mandrill_events=${encodeURIComponent('[{"event":"open","n":"ü"}]')}`,
  },
  {
    name: 'Paddle, with semicolons between the parts',
    verification: {
      scheme: 'hmac',
      signature: { header: 'paddle-signature', prefix: 'h1=', separator: ';' },
      timestamp: { header: 'paddle-signature', prefix: 'ts=', separator: ';' },
      signed: '{timestamp}:{body}',
    },
    headers: { 'paddle-signature': `ts=${SECONDS};h1=${hmac(`${SECONDS}:${BODY}`)}` },
  },
  {
    name: 'WorkOS, with a time in milliseconds',
    verification: {
      scheme: 'hmac',
      signature: { header: 'workos-signature', prefix: 'v1=' },
      timestamp: { header: 'workos-signature', prefix: 't=', unit: 'milliseconds' },
      signed: '{timestamp}.{body}',
    },
    headers: { 'workos-signature': `t=${SECONDS}000, v1=${hmac(`${SECONDS}000.${BODY}`)}` },
  },
  {
    name: 'Recurly, with a time and signatures one after the other',
    verification: {
      scheme: 'hmac',
      signature: { header: 'recurly-signature' },
      timestamp: { header: 'recurly-signature', separator: ',', unit: 'milliseconds' },
      signed: '{timestamp}.{body}',
    },
    headers: {
      'recurly-signature': `${SECONDS}000,${'0'.repeat(64)},${hmac(`${SECONDS}000.${BODY}`)}`,
    },
  },
  {
    name: 'Twitch, with an id and a time in words',
    verification: {
      scheme: 'hmac',
      signature: { header: 'twitch-eventsub-message-signature', prefix: 'sha256=' },
      id: { header: 'twitch-eventsub-message-id' },
      timestamp: { header: 'twitch-eventsub-message-timestamp', unit: 'rfc3339' },
      signed: '{id}{timestamp}{body}',
    },
    headers: {
      'twitch-eventsub-message-signature': `sha256=${hmac(`e-1${'2023-11-14T22:13:20.123456789Z'}${BODY}`)}`,
      'twitch-eventsub-message-id': 'e-1',
      'twitch-eventsub-message-timestamp': '2023-11-14T22:13:20.123456789Z',
    },
  },
  {
    name: 'Airtable, with a key in base64',
    verification: {
      scheme: 'hmac',
      signature: { header: 'x-airtable-content-mac', prefix: 'hmac-sha256=' },
      key: 'base64',
    },
    secret: Buffer.from('bytes\xff', 'latin1').toString('base64'),
    headers: {
      'x-airtable-content-mac': `hmac-sha256=${hmac(BODY, 'hex', 'sha256', Buffer.from('bytes\xff', 'latin1'))}`,
    },
  },
  {
    name: 'Sinch, with a nonce',
    verification: {
      scheme: 'hmac',
      signature: { header: 'x-sinch-webhook-signature' },
      timestamp: { header: 'x-sinch-webhook-signature-timestamp' },
      signed: '{body}.{header:x-sinch-webhook-signature-nonce}.{timestamp}',
      encoding: 'base64',
    },
    headers: {
      'x-sinch-webhook-signature': hmac(`${BODY}.nonce-1.${SECONDS}`, 'base64'),
      'x-sinch-webhook-signature-nonce': 'nonce-1',
      'x-sinch-webhook-signature-timestamp': SECONDS,
    },
  },
  {
    name: 'DocuSign, with a header per key',
    verification: {
      scheme: 'hmac',
      signature: { header: ['x-docusign-signature-1', 'x-docusign-signature-2'] },
      encoding: 'base64',
    },
    headers: {
      'x-docusign-signature-1': hmac(BODY, 'base64', 'sha256', 'another key'),
      'x-docusign-signature-2': hmac(BODY, 'base64'),
    },
  },
  {
    name: 'Square, which signs the URL',
    verification: {
      scheme: 'hmac',
      signature: { header: 'x-square-hmacsha256-signature' },
      signed: '{url}{body}',
      encoding: 'base64',
    },
    headers: {
      'x-square-hmacsha256-signature': hmac(`https://hooks.example.com/v1/shop/token${BODY}`, 'base64'),
    },
  },
  {
    name: 'Discord, with a public key in hex',
    verification: {
      scheme: 'ed25519',
      signature: { header: 'x-signature-ed25519' },
      timestamp: { header: 'x-signature-timestamp' },
      signed: '{timestamp}{body}',
    },
    secret: ed.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'),
    headers: {
      'x-signature-ed25519': sign(null, Buffer.from(SECONDS + BODY), ed.privateKey).toString('hex'),
      'x-signature-timestamp': SECONDS,
    },
  },
];

describe.each(senders)('$name', ({ verification, headers, secret = KEY, body = BODY, more = {} }) => {
  const verify = verifierOf(verification, [secret]);
  const post = (text: string) => verify?.(signed(headers, text, 0, more));

  it('can be said in the config', () => {
    expect(schemeProblems(verification)).toEqual([]);
  });

  it('is accepted, and refused with another body', () => {
    expect(post(body)).not.toBeTypeOf('string');
    expect(post(body.replace('1', '2').replace('open', 'OPEN'))).toBe('signature_wrong');
  });

  it('is refused without its headers', () => {
    expect(verify?.(signed({}, body, 0, more))).toBe('signature_missing');
  });
});
