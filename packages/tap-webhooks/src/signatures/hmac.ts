import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignatureScheme, SignedRequest, Verify } from './signature.js';

export interface HmacOptions {
  readonly name: string;
  /** Header that carries the signature. */
  readonly header: string;
  readonly hash: 'sha1' | 'sha256';
  readonly encoding: 'hex' | 'base64';
  /** What stands before the digest, such as `sha256=`; a signature without it is taken too. */
  readonly prefix?: string;
}

const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const;

/** HMAC over the raw body in one header, the way most providers sign. There is no timestamp, so no replay window either. */
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

/** Undefined unless the text is a digest of that many bytes and nothing else; Node's decoder skips what it does not know. */
export function decodeDigest(text: string, encoding: 'hex' | 'base64', bytes: number): Buffer | undefined {
  const shape = encoding === 'hex' ? /^[0-9a-fA-F]+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
  if (!shape.test(text)) return undefined;
  const digest = Buffer.from(text, encoding);
  return digest.length === bytes ? digest : undefined;
}

function isSigned(request: SignedRequest, key: Buffer, digest: Buffer, hash: string): boolean {
  return timingSafeEqual(createHmac(hash, key).update(request.body).digest(), digest);
}
