/** What a provider may have signed. Nothing has been decoded yet. */
export interface SignedRequest {
  readonly method: string;
  /**
   * The URL as the provider called it: `public_url`, then path and query as received. Some providers sign it (Twilio, Square).
   * It holds the token, so it must never be logged.
   */
  readonly url: string;
  /** @param name in lower case. Several headers of one name are joined by `, `. */
  header(name: string): string | undefined;
  /** Raw bytes of the body. */
  readonly body: Uint8Array;
  /** Epoch in ms, by the receiver's clock. */
  readonly now: number;
}

/** Why a request is refused; also the word in the answer's body. */
export type SignatureProblem = 'signature_missing' | 'signature_wrong' | 'signature_expired';

/**
 * Checks a request against several secrets, since two are valid while one is rotated.
 * @returns undefined when one of the secrets fits. Digests are compared in constant time, and the signature is checked before
 * its timestamp.
 */
export type Verify = (request: SignedRequest) => SignatureProblem | undefined;

/** One way of signing, one file each. */
export interface SignatureScheme {
  readonly name: string;
  /** @throws ToolkitError `secret_malformed` when a secret has the wrong form. */
  verifier(secrets: readonly string[]): Verify;
}

/**
 * Returns the digest; undefined unless the text is exactly that many bytes. Checked here, since Node's decoder ignores
 * characters that it does not know.
 */
export function decodeDigest(text: string, encoding: 'hex' | 'base64', bytes: number): Buffer | undefined {
  const shape = encoding === 'hex' ? /^[0-9a-fA-F]+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
  if (!shape.test(text)) return undefined;
  const digest = Buffer.from(text, encoding);
  return digest.length === bytes ? digest : undefined;
}
