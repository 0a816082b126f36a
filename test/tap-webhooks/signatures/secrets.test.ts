import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Verification } from '../../../packages/tap-webhooks/dist/signatures/scheme.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { signed } from './signed-request.js';

const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f1011121314151617', 'hex');
const BASE64 = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';
const ed = generateKeyPairSync('ed25519');
const PEM = String(ed.publicKey.export({ format: 'pem', type: 'spki' }));
const PRIVATE_PEM = String(ed.privateKey.export({ format: 'pem', type: 'pkcs8' }));

const hmac = (key: Verification['key']): Verification => ({
  scheme: 'hmac',
  signature: { header: 'x-signature' },
  ...(key === undefined ? {} : { key }),
});
const ofKey = (scheme: 'ecdsa' | 'ed25519'): Verification => ({
  scheme,
  signature: { header: 'x-signature' },
});
const standard: Verification = { scheme: 'standard-webhooks' };

describe('a secret of an HMAC', () => {
  it.each([
    ['hex', KEY.toString('hex')],
    ['hex', KEY.toString('hex').toUpperCase()],
    ['base64', BASE64],
    ['whsec', `whsec_${BASE64}`],
    ['whsec', `v1,whsec_${BASE64}`],
    ['whsec', BASE64],
  ] as const)('is decoded as %s', (key, secret) => {
    const signature = createHmac('sha256', KEY).update('{}').digest('hex');
    expect(verifierOf(hmac(key), [secret])?.(signed({ 'x-signature': signature }, '{}'))).toEqual({});
  });

  it('is the text itself when nothing else is said, also when it looks like base64', () => {
    const signature = createHmac('sha256', `whsec_${BASE64}`).update('{}').digest('hex');
    const verify = verifierOf(hmac(undefined), [`whsec_${BASE64}`]);
    expect(verify?.(signed({ 'x-signature': signature }, '{}'))).toEqual({});
  });
});

describe('a Standard Webhooks secret', () => {
  const post = (secret: string, key: Buffer | string, verification = standard) => {
    const signature = createHmac('sha256', key).update('msg_1.1700000000.{}').digest('base64');
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${signature}`,
    };
    return verifierOf(verification, [secret])?.(signed(headers, '{}', 1_700_000_000_000));
  };

  it.each([`v1,whsec_${BASE64}`, `v1,whsec_QUFB|v1,whsec_${BASE64}`, `whsec_QUFB | whsec_${BASE64}`])(
    'is taken as senders show it: %s',
    (secret) => {
      expect(post(secret, KEY)).toEqual({ id: 'msg_1' });
    },
  );

  it('is the text itself when the config says so, as Polar means it', () => {
    const secret = 'polar_whs_AbC|%';
    expect(post(secret, secret, { ...standard, key: 'text' })).toEqual({ id: 'msg_1' });
  });
});

describe('a secret of the wrong kind gets a sentence that says what to give instead', () => {
  it.each([
    [hmac('hex'), 'no hex', 'it must be an even number of hexadecimal digits, since `key` is hex'],
    [hmac('base64'), '%%%', 'it must be base64, since `key` is base64'],
    [
      standard,
      'polar_whs_AbC!',
      'it must be `whsec_` followed by base64, as the sender shows it; if the sender uses the text itself as the key, set `"verification": {"scheme": "standard-webhooks", "key": "text"}`',
    ],
    [
      hmac('text'),
      PEM,
      'it is a PEM key, but this scheme needs the secret that the sender shares: give that, or set `verification` to a scheme with public keys (ecdsa, ed25519)',
    ],
    [
      ofKey('ed25519'),
      PRIVATE_PEM,
      "it is a private key, which only the sender should have: give the sender's public key",
    ],
    [
      standard,
      `whsk_${BASE64}`,
      "it is a private key, which only the sender should have: give the sender's public key",
    ],
    [
      ofKey('ed25519'),
      `whsec_${BASE64}`,
      'it begins with whsec_, so it is no public key: set `verification` to standard-webhooks',
    ],
    [
      ofKey('ecdsa'),
      PEM,
      "it must be the sender's public key on an elliptic curve, as PEM or as the base64 between the PEM lines",
    ],
    [
      ofKey('ed25519'),
      'swordfish',
      "it must be the sender's Ed25519 public key: as PEM, as the base64 between the PEM lines, or its 32 bytes in hex or base64",
    ],
    [
      { scheme: 'basic' } as Verification,
      'swordfish',
      'it must be `user:password`, with a colon between them',
    ],
  ])('%j', (verification, secret, sentence) => {
    expect(() => verifierOf(verification, [secret])).toThrow(`a secret has the wrong form: ${sentence}`);
    expect(() => verifierOf(verification, [secret])).not.toThrow(secret);
  });
});
