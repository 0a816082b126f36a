import { createHash, timingSafeEqual } from 'node:crypto';
import { secretMalformed } from '../errors.js';
import type { SignedRequest, Verify } from './signature.js';

/** Returns the verifier of a secret that the sender shows in a header of its own. */
export function headerVerifier(name: string, secrets: readonly string[]): Verify {
  return credentialVerifier(secrets, (request) => latin1(request.header(name.toLowerCase())?.trim()));
}

/** Returns the verifier of `Authorization: Bearer <secret>`. */
export function bearerVerifier(secrets: readonly string[]): Verify {
  return credentialVerifier(secrets, (request) => latin1(authorization(request, /^bearer +/i)));
}

/**
 * Returns the verifier of `Authorization: Basic`, where a secret is `user:password`.
 * @throws ToolkitError `secret_malformed`
 */
export function basicVerifier(secrets: readonly string[]): Verify {
  if (secrets.some((secret) => !secret.includes(':')))
    throw secretMalformed('it must be `user:password`, with a colon between them');
  return credentialVerifier(secrets, (request) => {
    const encoded = authorization(request, /^basic +/i);
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
  });
}

function credentialVerifier(
  secrets: readonly string[],
  credentialOf: (request: SignedRequest) => Buffer | undefined,
): Verify {
  const digests = secrets.map((secret) => digest(Buffer.from(secret, 'utf8')));
  return (request) => {
    const given = credentialOf(request);
    if (given === undefined) return 'credentials_missing';
    const actual = digest(given);
    return digests.some((expected) => timingSafeEqual(expected, actual)) ? {} : 'credentials_wrong';
  };
}

/** Digests are compared, since the time that a comparison takes must not tell how long a secret is either. */
function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function authorization(request: SignedRequest, scheme: RegExp): string | undefined {
  const value = request.header('authorization');
  return value !== undefined && scheme.test(value) ? value.replace(scheme, '').trim() : undefined;
}

/** The bytes of a header as they were sent: Node reads them as latin1. */
function latin1(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'latin1');
}
