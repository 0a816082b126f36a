import { createPublicKey, type KeyObject } from 'node:crypto';
import { secretMalformed } from '../errors.js';
import { fromBase64 } from './base64.js';
import type { KeyForm } from './scheme.js';

const AS_SHOWN = 'it must be `whsec_` followed by base64, as the sender shows it';
const TEXT_AS_KEY =
  'if the sender uses the text itself as the key, set `"verification": {"scheme": "standard-webhooks", "key": "text"}`';

/**
 * Returns the key of an HMAC.
 * @throws ToolkitError `secret_malformed`: says what to give instead, and never quotes the secret.
 */
export function hmacKey(secret: string, form: KeyForm): Buffer {
  refusePublic(secret);
  switch (form) {
    case 'text':
      return Buffer.from(secret, 'utf8');
    case 'hex':
      if (!/^(?:[0-9a-f]{2})+$/i.test(secret))
        throw secretMalformed('it must be an even number of hexadecimal digits, since `key` is hex');
      return Buffer.from(secret, 'hex');
    case 'base64':
      return base64(secret) ?? refuse('it must be base64, since `key` is base64');
    case 'whsec':
      return base64(withoutLabel(secret, /^(?:v1,)?(?:whsec_)?/)) ?? refuse(`${AS_SHOWN}; ${TEXT_AS_KEY}`);
  }
}

/** A key that others may see proves nothing in an HMAC. */
function refusePublic(secret: string): void {
  if (secret.includes('-----BEGIN'))
    throw secretMalformed(
      'it is a PEM key, but this scheme needs the secret that the sender shares: give that, or set `verification` to a scheme with public keys (ecdsa, ed25519)',
    );
}

/**
 * Returns a public key: PEM, base64 of its SPKI form, or, for Ed25519, its 32 bytes in hex or base64, with or without `whpk_`.
 * @throws ToolkitError `secret_malformed`, as above.
 */
export function publicKey(secret: string, type: 'ec' | 'ed25519'): KeyObject {
  if (/PRIVATE KEY-----|^(?:v1a,)?whsk_/.test(secret))
    throw secretMalformed(
      "it is a private key, which only the sender should have: give the sender's public key",
    );
  if (/^(?:v1,)?whsec_/.test(secret))
    throw secretMalformed(
      'it begins with whsec_, so it is no public key: set `verification` to standard-webhooks',
    );
  const key = readPublicKey(secret, type);
  if (key?.asymmetricKeyType !== type) throw secretMalformed(PUBLIC_KEY[type]);
  return key;
}

const PUBLIC_KEY = {
  ec: "it must be the sender's public key on an elliptic curve, as PEM or as the base64 between the PEM lines",
  ed25519:
    "it must be the sender's Ed25519 public key: as PEM, as the base64 between the PEM lines, or its 32 bytes in hex or base64",
};

/** What is before the 32 bytes of an Ed25519 key in its SPKI form (RFC 8410). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_BYTES = 32;

function readPublicKey(secret: string, type: 'ec' | 'ed25519'): KeyObject | undefined {
  try {
    if (secret.includes('-----BEGIN')) return createPublicKey(secret);
    const text = withoutLabel(secret, /^(?:v1a,)?(?:whpk_)?/);
    const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : base64(text);
    if (bytes === undefined) return undefined;
    const isRaw = type === 'ed25519' && bytes.length === ED25519_BYTES;
    const der = isRaw ? Buffer.concat([ED25519_SPKI, bytes]) : bytes;
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined; // the cause might quote the key
  }
}

function withoutLabel(secret: string, label: RegExp): string {
  return secret.replace(label, '');
}

/** Line ends within a key that was copied from a PEM file are no part of it. */
function base64(text: string): Buffer | undefined {
  return fromBase64(text.replace(/\s+/g, ''));
}

function refuse(form: string): never {
  throw secretMalformed(form);
}
