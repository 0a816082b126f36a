import { basicVerifier, bearerVerifier, headerVerifier } from './credentials.js';
import type { Verification } from './scheme.js';
import type { Verify } from './signature.js';
import { signatureVerifier } from './signed.js';
import { standardWebhooks } from './standard-webhooks.js';

/**
 * Returns the verifier of a scheme that has no `schemeProblems`; undefined for `none`.
 * @param secrets at least one.
 * @throws ToolkitError `secret_malformed`: a secret has the wrong form. The sentence says what to give instead.
 */
export function verifierOf(verification: Verification, secrets: readonly string[]): Verify | undefined {
  switch (verification.scheme) {
    case 'none':
      return undefined;
    case 'bearer':
      return bearerVerifier(secrets);
    case 'basic':
      return basicVerifier(secrets);
    case 'header':
      return headerVerifier(verification.header ?? '', secrets);
    case 'standard-webhooks':
      return standardWebhooks(verification, secrets);
    default:
      return signatureVerifier(verification, secrets);
  }
}

/** How a sender that asks first is told to log in: the header `WWW-Authenticate` of the answer 401. */
export function challengeOf({ scheme }: Verification): string | undefined {
  if (scheme === 'basic') return 'Basic realm="webhooks", charset="UTF-8"';
  return scheme === 'bearer' ? 'Bearer' : undefined;
}
