import { createHmac, timingSafeEqual } from 'node:crypto';
import { secretMalformed } from '../errors.js';
import { decodeDigest } from './hmac.js';
import type { SignatureScheme, SignedRequest, Verify } from './signature.js';

/**
 * Standard Webhooks 1.0.0, symmetric (`v1`): HMAC-SHA256 over `id.timestamp.body`, base64, in a header that may hold several
 * signatures while the sender rotates its secret. Older senders (Svix before the standard) name the headers `svix-…`.
 */
export const standardWebhooks: SignatureScheme = {
  name: 'standard-webhooks',
  verifier(secrets) {
    const keys = secrets.map(decodeSecret);
    return (request) => verify(request, keys);
  },
};

/** How old a delivery may be, or how far in the future, in ms: the constant of the standard's reference library. */
const TOLERANCE_MS = 300_000;

const SECRET_PREFIX = 'whsec_';
const DIGEST_BYTES = 32;

/** Where a delivery's id is. All three headers are read under one prefix, so that the id is always the signed one. */
export const DELIVERY_ID_HEADERS = ['webhook-id', 'svix-id'] as const;

function verify(request: SignedRequest, keys: readonly Buffer[]): ReturnType<Verify> {
  const prefix = request.header('webhook-id') === undefined ? 'svix' : 'webhook';
  const id = request.header(`${prefix}-id`);
  const timestamp = request.header(`${prefix}-timestamp`);
  const signatures = request.header(`${prefix}-signature`);
  if (id === undefined || timestamp === undefined || signatures === undefined) return 'signature_missing';
  const digests = signatures.split(' ').flatMap(digestOf);
  const signed = `${id}.${timestamp}.`;
  if (!keys.some((key) => fits(hmac(key, signed, request.body), digests))) return 'signature_wrong';
  // Only now is the timestamp known to be the sender's.
  return isRecent(timestamp, request.now) ? undefined : 'signature_expired';
}

/** Signatures of other versions (`v1a`, asymmetric) are passed over. */
function digestOf(signature: string): Buffer[] {
  const digest = signature.startsWith('v1,')
    ? decodeDigest(signature.slice(3), 'base64', DIGEST_BYTES)
    : undefined;
  return digest ? [digest] : [];
}

function hmac(key: Buffer, signed: string, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(signed, 'latin1').update(body).digest();
}

function fits(expected: Buffer, digests: readonly Buffer[]): boolean {
  return digests.some((digest) => timingSafeEqual(expected, digest));
}

function isRecent(timestamp: string, now: number): boolean {
  return /^[0-9]{1,15}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= TOLERANCE_MS;
}

/** `whsec_` and base64 of the key's bytes; the prefix may be missing, as in the standard's libraries. */
function decodeSecret(secret: string): Buffer {
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
  const key = Buffer.from(text, 'base64');
  if (key.length === 0 || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    throw secretMalformed('it must be `whsec_` followed by base64, as the sender shows it');
  return key;
}
