import { createHmac, timingSafeEqual } from 'node:crypto';
import { secretMalformed } from '../errors.js';
import {
  decodeDigest,
  type SignatureProblem,
  type SignatureScheme,
  type SignedRequest,
} from './signature.js';

/**
 * Standard Webhooks 1.0.0, symmetric (`v1`): HMAC-SHA256 of `id.timestamp.body` as base64, in a header that may hold several
 * signatures while the sender rotates its secret. Senders from before the standard (Svix) call the headers `svix-…`.
 */
export const standardWebhooks: SignatureScheme = {
  name: 'standard-webhooks',
  verifier(secrets) {
    const keys = secrets.map(decodeSecret);
    return (request) => verify(request, keys);
  },
};

/** How far a timestamp may be from now in either direction, in ms; the value of the standard's reference library. */
const TOLERANCE_MS = 300_000;

const SECRET_PREFIX = 'whsec_';
const DIGEST_BYTES = 32;

function verify(request: SignedRequest, keys: readonly Buffer[]): SignatureProblem | undefined {
  // All three headers have one prefix: otherwise the id that is used could be another than the signed one.
  const prefix = request.header('webhook-id') === undefined ? 'svix' : 'webhook';
  const id = request.header(`${prefix}-id`);
  const timestamp = request.header(`${prefix}-timestamp`);
  const signatures = request.header(`${prefix}-signature`);
  if (id === undefined || timestamp === undefined || signatures === undefined) return 'signature_missing';
  const digests = signatures.split(' ').flatMap(digestOf);
  const signed = `${id}.${timestamp}.`;
  if (!keys.some((key) => fits(hmac(key, signed, request.body), digests))) return 'signature_wrong';
  // Only a correct signature proves that the timestamp is the sender's.
  return isRecent(timestamp, request.now) ? undefined : 'signature_expired';
}

/** Signatures of other versions (`v1a`, asymmetric) are ignored. */
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

/** Decodes `whsec_` and the base64 of the key. The prefix may be missing, as in the standard's libraries. */
function decodeSecret(secret: string): Buffer {
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
  const key = Buffer.from(text, 'base64');
  if (key.length === 0 || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    throw secretMalformed('it must be `whsec_` followed by base64, as the sender shows it');
  return key;
}
