import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Verify } from '../../../packages/tap-webhooks/dist/signatures/signature.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { signed } from './signed-request.js';

// The standard's own example; the others by Python's hmac over `id.timestamp.body`.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const SECONDS = 1614265330;
const BODY = '{"test": 2432232314}';
const SIGNATURE = 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

const FIRST = {
  secret: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  signature: 'O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI=',
};
const SECOND = {
  secret: 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=',
  signature: 'lIQ9xamNNsnjTnLcKevQF9eZA6DgFnOi9+/I3EzeZGQ=',
};

const NOW = SECONDS * 1000;
const headers = {
  'webhook-id': ID,
  'webhook-timestamp': String(SECONDS),
  'webhook-signature': `v1,${SIGNATURE}`,
};
const verifierWith = (...secrets: string[]): Verify =>
  verifierOf({ scheme: 'standard-webhooks' }, secrets) as Verify;
const verify = verifierWith(SECRET);

describe('a Standard Webhooks signature', () => {
  it('is accepted', () => {
    expect(verify(signed(headers, BODY, NOW))).toEqual({ id: ID });
  });

  it('is accepted with a secret without its prefix', () => {
    const plain = verifierWith(SECRET.slice('whsec_'.length));
    expect(plain(signed(headers, BODY, NOW))).toEqual({ id: ID });
  });

  it('is accepted in the headers that Svix used before the standard', () => {
    const svix = {
      'svix-id': ID,
      'svix-timestamp': String(SECONDS),
      'svix-signature': `v1,${SIGNATURE}`,
    };
    expect(verify(signed(svix, BODY, NOW))).toEqual({ id: ID });
  });

  it('is accepted as one of several in the header', () => {
    const several = `v1,${FIRST.signature} v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== v1,${SIGNATURE}`;
    expect(verify(signed({ ...headers, 'webhook-signature': several }, BODY, NOW))).toEqual({ id: ID });
  });

  it.each([
    ['after', `v1,${FIRST.signature}, v1,${SIGNATURE}`],
    ['before', `v1,${SIGNATURE}, v1,${FIRST.signature}`],
  ])('is accepted %s another one when Node has joined two headers by a comma', (_where, several) => {
    expect(verify(signed({ ...headers, 'webhook-signature': several }, BODY, NOW))).toEqual({ id: ID });
  });

  it('is accepted in svix headers beside a webhook-id of another meaning, and its own id counts', () => {
    const svix = {
      'webhook-id': 'subscription-7',
      'svix-id': ID,
      'svix-timestamp': String(SECONDS),
      'svix-signature': `v1,${SIGNATURE}`,
    };
    expect(verify(signed(svix, BODY, NOW))).toEqual({ id: ID });
  });

  it('is accepted with a public key (v1a), beside a shared secret or alone', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const signature = sign(null, Buffer.from(`${ID}.${SECONDS}.${BODY}`), privateKey).toString('base64');
    const signedBy = { ...headers, 'webhook-signature': `v1,${FIRST.signature} v1a,${signature}` };
    const secret = `whpk_${raw.toString('base64')}`;
    expect(verifierWith(secret)(signed(signedBy, BODY, NOW))).toEqual({ id: ID });
    expect(verifierWith(SECRET, secret)(signed(signedBy, BODY, NOW))).toEqual({ id: ID });
    expect(verifierWith(secret)(signed(signedBy, `${BODY} `, NOW))).toBe('signature_wrong');
  });

  it('may be older when the config says so', () => {
    const day = verifierOf({ scheme: 'standard-webhooks', tolerance_seconds: 86_400 }, [SECRET]);
    expect(day?.(signed(headers, BODY, NOW + 86_400_000))).toEqual({ id: ID });
    expect(day?.(signed(headers, BODY, NOW + 86_400_001))).toBe('signature_expired');
  });

  it('is accepted with any of several secrets', () => {
    const both = verifierWith(`whsec_${FIRST.secret}`, `whsec_${SECOND.secret}`);
    for (const { signature } of [FIRST, SECOND]) {
      expect(both(signed({ ...headers, 'webhook-signature': `v1,${signature}` }, BODY, NOW))).toEqual({
        id: ID,
      });
    }
  });

  it('is accepted for bytes that are not text', () => {
    const one = verifierWith(FIRST.secret);
    const signature = 'v1,As3SMPMpE0gv6ZHAUBconS02tPL2NqlV7Mu+7maWW1w=';
    const body = Uint8Array.of(0xff, 0xfe, 0x00);
    expect(one(signed({ ...headers, 'webhook-signature': signature }, body, NOW))).toEqual({ id: ID });
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is missing without %s', (name) => {
    expect(verify(signed({ ...headers, [name]: undefined }, BODY, NOW))).toBe('signature_missing');
  });

  it('is missing when its headers are of both kinds', () => {
    const mixed = { ...headers, 'webhook-signature': undefined, 'svix-signature': `v1,${SIGNATURE}` };
    expect(verify(signed(mixed, BODY, NOW))).toBe('signature_missing');
  });

  it('is wrong for another body', () => {
    expect(verify(signed(headers, '{"test":2432232314}', NOW))).toBe('signature_wrong');
  });

  it('is wrong for another id', () => {
    expect(verify(signed({ ...headers, 'webhook-id': 'msg_other' }, BODY, NOW))).toBe('signature_wrong');
  });

  it('is wrong for another time', () => {
    const other = { ...headers, 'webhook-timestamp': String(SECONDS + 1) };
    expect(verify(signed(other, BODY, NOW))).toBe('signature_wrong');
  });

  it('is wrong with another secret', () => {
    expect(verifierWith(FIRST.secret)(signed(headers, BODY, NOW))).toBe('signature_wrong');
  });

  it('is malformed in another version', () => {
    const other = { ...headers, 'webhook-signature': `v2,${SIGNATURE}` };
    expect(verify(signed(other, BODY, NOW))).toBe('signature_malformed');
  });

  it('is accepted within five minutes in both directions', () => {
    expect(verify(signed(headers, BODY, NOW + 300_000))).toEqual({ id: ID });
    expect(verify(signed(headers, BODY, NOW - 300_000))).toEqual({ id: ID });
  });

  it('is expired after five minutes', () => {
    expect(verify(signed(headers, BODY, NOW + 300_001))).toBe('signature_expired');
  });

  it('is expired when its time is in the future', () => {
    expect(verify(signed(headers, BODY, NOW - 300_001))).toBe('signature_expired');
  });

  it('is checked before its time, so a wrong one reveals nothing about clocks', () => {
    const other = { ...headers, 'webhook-signature': `v1,${FIRST.signature}` };
    expect(verify(signed(other, BODY, NOW + 3_600_000))).toBe('signature_wrong');
  });

  it('is malformed when its signed time is not a number', () => {
    const soon = {
      'webhook-id': ID,
      'webhook-timestamp': 'soon',
      'webhook-signature': 'v1,Klc6cejrmCfEsjkVhZ2IKN0M9lPShKEdGwtHudprR78=',
    };
    expect(verifierWith(FIRST.secret)(signed(soon, BODY, NOW))).toBe('signature_malformed');
  });
});

describe('a Standard Webhooks secret', () => {
  it.each(['', 'whsec_', 'not base64!', 'whsec_%%%%'])('cannot be %j', (secret) => {
    expect(() => verifierWith(secret)).toThrow(
      'a secret has the wrong form: it must be `whsec_` followed by base64, as the sender shows it',
    );
  });

  it('is never shown when it is refused', () => {
    expect(() => verifierWith('CANARY-$ecret')).toThrow(/^(?!.*CANARY)/);
  });
});
