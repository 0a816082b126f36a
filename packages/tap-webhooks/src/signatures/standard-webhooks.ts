import type { Verification } from './scheme.js';
import type { VerificationProblem, Verify } from './signature.js';
import { signatureVerifier } from './signed.js';

/** How far a timestamp may be from now in either direction, in seconds; the value of the standard's reference library. */
const TOLERANCE_SECONDS = 300;

/** Senders from before the standard (Svix) call the headers `svix-…`. The three headers of a request have one prefix. */
const FAMILIES = ['webhook', 'svix'];

/**
 * Returns the verifier of Standard Webhooks 1.0.0: `id.timestamp.body` signed by HMAC-SHA256 (`v1`) or Ed25519 (`v1a`), in a
 * header that may hold several signatures while the sender rotates its secret. The id that counts is the signed one.
 * @param verification may have another `tolerance_seconds`, and `key: text` for senders whose key is the text itself (Polar).
 * @throws ToolkitError `secret_malformed`
 */
export function standardWebhooks(verification: Verification, secrets: readonly string[]): Verify {
  const { key = 'whsec' } = verification;
  const published = key === 'whsec' ? secrets.filter(isPublic) : [];
  const others = secrets.filter((secret) => !published.includes(secret));
  const shared = key === 'whsec' ? others.flatMap(joinedByBars) : others;
  const verifiers = FAMILIES.flatMap((family) => [
    ...(shared.length > 0 ? [signatureVerifier(symmetric(family, verification), shared)] : []),
    ...(published.length > 0 ? [signatureVerifier(asymmetric(family, verification), published)] : []),
  ]);
  return (request) => {
    let worst: VerificationProblem = 'signature_missing';
    for (const verify of verifiers) {
      const result = verify(request);
      if (typeof result !== 'string') return result;
      if (GRAVITY.indexOf(result) > GRAVITY.indexOf(worst)) worst = result;
    }
    return worst;
  };
}

/** From the one that says least to the one that says most: a request has headers of one family, and keys of one kind fit. */
const GRAVITY: readonly VerificationProblem[] = [
  'signature_missing',
  'signature_malformed',
  'signature_wrong',
  'signature_expired',
];

function isPublic(secret: string): boolean {
  return /^(?:v1a,)?wh[ps]k_/.test(secret);
}

/** Supabase shows several secrets as one text. */
function joinedByBars(secret: string): string[] {
  return secret.split('|').map((one) => one.trim());
}

function common(family: string, version: string, { tolerance_seconds }: Verification) {
  return {
    signature: { header: `${family}-signature`, prefix: `${version},`, separator: ' ' },
    signed: '{id}.{timestamp}.{body}',
    encoding: 'base64',
    id: { header: `${family}-id` },
    timestamp: { header: `${family}-timestamp` },
    tolerance_seconds: tolerance_seconds ?? TOLERANCE_SECONDS,
  } as const;
}

function symmetric(family: string, verification: Verification): Verification {
  const { key = 'whsec' } = verification;
  return { scheme: 'hmac', hash: 'sha256', key, ...common(family, 'v1', verification) };
}

function asymmetric(family: string, verification: Verification): Verification {
  return { scheme: 'ed25519', ...common(family, 'v1a', verification) };
}
