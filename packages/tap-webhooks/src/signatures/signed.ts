import { createHash, createHmac, timingSafeEqual, verify as verifyBytes } from 'node:crypto';
import { instantOf, readDateTime } from '@tap-webhooks/singer';
import { fromBase64 } from './base64.js';
import { hmacKey, publicKey } from './keys.js';
import { Reading } from './reading.js';
import { render } from './render.js';
import type { Encoding, Hash, Place, TimestampPlace, TimeUnit, Verification } from './scheme.js';
import type { SignedRequest, VerificationProblem, Verified, Verify } from './signature.js';
import { type Part, partsOf } from './template.js';

/** A scheme whose members `schemeProblems` has found to belong together. */
interface SignedScheme {
  readonly signature: Place;
  readonly parts: readonly Part[];
  readonly encoding: Encoding;
  /** Length of a signature; undefined when it differs from one to the next. */
  readonly bytes: number | undefined;
  readonly mostSignatures: number;
  readonly id?: Place;
  readonly timestamp?: TimestampPlace;
  readonly toleranceMs?: number;
  readonly bodyDigest?: Place;
  /** One per secret. */
  readonly keys: readonly Fits[];
}

/** Does one of the signatures fit what was signed? */
type Fits = (signed: readonly Uint8Array[], signatures: readonly Buffer[]) => boolean;

const DIGEST_BYTES: { readonly [hash in Hash]: number } = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };
const ED25519_BYTES = 64;

/** A request of more signatures is not checked against the rest. */
const MOST_SIGNATURES = 100;
/** With a public key the whole body is read again for each signature, and whoever knows the URL may send some. */
const MOST_WITH_PUBLIC_KEY = 4;

/**
 * Returns the verifier of a scheme that signs: hmac, ecdsa or ed25519. It checks the body as it was sent, and then as it was
 * before it was compressed.
 * @throws ToolkitError `secret_malformed` when a secret has the wrong form.
 */
export function signatureVerifier(verification: Verification, secrets: readonly string[]): Verify {
  const scheme = compiled(verification, secrets);
  return (request) => {
    const result = check(scheme, new Reading(request, request.body), request);
    if (!mayFitDecoded(scheme, result)) return result;
    const decoded = request.decodedBody?.();
    return decoded === undefined ? result : check(scheme, new Reading(request, decoded), request);
  };
}

/** A header that is missing will not be there after decoding either: an unsigned request costs no decoding. */
function mayFitDecoded(scheme: SignedScheme, result: Verified | VerificationProblem): boolean {
  if (result === 'signature_missing') return isInBody(scheme);
  return result === 'signature_wrong' || result === 'signature_malformed';
}

function isInBody({ signature, id, timestamp }: SignedScheme): boolean {
  return [signature, id, timestamp].some((place) => place?.body !== undefined);
}

function compiled(verification: Verification, secrets: readonly string[]): SignedScheme {
  const { signature = {}, signed = '{body}', encoding = 'hex', id, timestamp } = verification;
  const { tolerance_seconds: tolerance, body_digest: bodyDigest } = verification;
  const parts = partsOf(signed);
  return {
    signature,
    parts: typeof parts === 'string' ? [] : parts,
    encoding,
    bytes: bytesOf(verification),
    mostSignatures: verification.scheme === 'hmac' ? MOST_SIGNATURES : MOST_WITH_PUBLIC_KEY,
    ...(id && { id }),
    ...(timestamp && { timestamp }),
    ...(tolerance !== undefined && { toleranceMs: tolerance * 1000 }),
    ...(bodyDigest && { bodyDigest }),
    keys: secrets.map((secret) => fitsWith(verification, secret)),
  };
}

function bytesOf({ scheme, hash = 'sha256' }: Verification): number | undefined {
  if (scheme === 'ecdsa') return undefined;
  return scheme === 'hmac' ? DIGEST_BYTES[hash] : ED25519_BYTES;
}

function fitsWith({ scheme, hash = 'sha256', key = 'text' }: Verification, secret: string): Fits {
  if (scheme === 'hmac') return hmacFits(hmacKey(secret, key), hash);
  const from = publicKey(secret, scheme === 'ecdsa' ? 'ec' : 'ed25519');
  const algorithm = scheme === 'ecdsa' ? hash : null;
  return (signed, signatures) => {
    const bytes = Buffer.concat(signed);
    return signatures.some((signature) => verifyBytes(algorithm, bytes, from, signature));
  };
}

function hmacFits(key: Buffer, hash: Hash): Fits {
  return (signed, signatures) => {
    const hmac = createHmac(hash, key);
    for (const piece of signed) hmac.update(piece);
    const expected = hmac.digest();
    return signatures.some((signature) => isSame(signature, expected));
  };
}

/** Takes the same time whatever differs. The length of a digest is no secret. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function check(
  scheme: SignedScheme,
  reading: Reading,
  request: SignedRequest,
): Verified | VerificationProblem {
  const texts = reading.valuesAt(scheme.signature);
  const timestamp = scheme.timestamp && reading.valueAt(scheme.timestamp);
  const id = scheme.id && reading.valueAt(scheme.id);
  const isMissing = (scheme.timestamp && timestamp === undefined) || (scheme.id && id === undefined);
  if (texts === undefined || isMissing) return 'signature_missing';
  const signatures = texts.flatMap((text) => decoded(text, scheme)).slice(0, scheme.mostSignatures);
  const signed = render(scheme.parts, reading, { id, timestamp });
  if (signatures.length === 0 || signed === undefined) return 'signature_malformed';
  if (!scheme.keys.some((fits) => fits(signed, signatures))) return 'signature_wrong';
  if (!coversBody(scheme, reading)) return 'signature_wrong';
  // Only a correct signature proves that the timestamp is the sender's.
  const late =
    scheme.timestamp && timeProblem(scheme.timestamp, timestamp ?? '', scheme.toleranceMs, request.now);
  return late ?? (id === undefined ? {} : { id });
}

function decoded(text: string, { encoding, bytes }: SignedScheme): Buffer[] {
  const signature = encoding === 'hex' ? fromHex(text) : fromBase64(text);
  return signature && (bytes === undefined || signature.length === bytes) ? [signature] : [];
}

/** Checked here, since Node's decoder stops at the first character that it does not know. */
function fromHex(text: string): Buffer | undefined {
  return /^[0-9a-f]+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** A body that is neither signed itself, nor by its fields, must have the digest that is signed. */
function coversBody({ parts, bodyDigest }: SignedScheme, reading: Reading): boolean {
  const hasFields = parts.some(({ kind }) => kind === 'fields');
  if (hasFields && (reading.isForm() || reading.body.length === 0)) return true;
  if (bodyDigest === undefined) return !hasFields;
  const expected = createHash('sha256').update(reading.body).digest();
  const given = reading.valuesAt(bodyDigest) ?? [];
  return given.some((text) => isSame(digestOf(text), expected));
}

function digestOf(text: string): Buffer {
  return Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64');
}

function timeProblem(
  { unit = 'seconds' }: TimestampPlace,
  text: string,
  toleranceMs: number | undefined,
  now: number,
): VerificationProblem | undefined {
  const at = epochMs(text.trim(), unit);
  if (at === undefined) return 'signature_malformed';
  return toleranceMs !== undefined && Math.abs(now - at) > toleranceMs ? 'signature_expired' : undefined;
}

function epochMs(text: string, unit: TimeUnit): number | undefined {
  if (unit === 'rfc3339') {
    const read = readDateTime(text);
    const instant = read && instantOf(read);
    return instant && instant.seconds * 1000 + instant.micros / 1000;
  }
  if (!/^[0-9]{1,15}$/.test(text)) return undefined;
  return Number(text) * (unit === 'seconds' ? 1000 : 1);
}
