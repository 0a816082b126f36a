import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeDigest, type SignatureScheme, type SignedRequest, type Verify } from './signature.js';

export interface HmacOptions {
  readonly name: string;
  /** Header that carries the signature. */
  readonly header: string;
  readonly hash: 'sha1' | 'sha256';
  readonly encoding: 'hex' | 'base64';
  /** Text before the digest, such as `sha256=`. A signature without it is accepted too. */
  readonly prefix?: string;
}

const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const;

/**
 * Returns the scheme that most providers use: an HMAC of the raw body in one header. It has no timestamp, so a signature never
 * expires.
 */
export function hmacScheme(options: HmacOptions): SignatureScheme {
  return { name: options.name, verifier: (secrets) => hmacVerifier(options, secrets) };
}

function hmacVerifier(options: HmacOptions, secrets: readonly string[]): Verify {
  const keys = secrets.map((secret) => Buffer.from(secret, 'utf8'));
  return (request) => {
    const given = request.header(options.header);
    if (given === undefined) return 'signature_missing';
    const digest = digestOf(given, options);
    return digest && keys.some((key) => isSigned(request, key, digest, options.hash))
      ? undefined
      : 'signature_wrong';
  };
}

function digestOf(given: string, { prefix = '', encoding, hash }: HmacOptions): Buffer | undefined {
  const text = prefix !== '' && given.startsWith(prefix) ? given.slice(prefix.length) : given;
  return decodeDigest(text, encoding, DIGEST_BYTES[hash]);
}

function isSigned(request: SignedRequest, key: Buffer, digest: Buffer, hash: string): boolean {
  return timingSafeEqual(createHmac(hash, key).update(request.body).digest(), digest);
}
