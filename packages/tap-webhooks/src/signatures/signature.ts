/** What a signature scheme may look at. The body is the raw bytes: nothing has been decoded yet. */
export interface SignedRequest {
  header(name: string): string | undefined;
  readonly body: Uint8Array;
  /** Epoch in ms, by the receiver's clock. */
  readonly now: number;
}

/**
 * Checks a request against any of the secrets (several at once, for rotation). Returns undefined when one fits, else the
 * reason as a word for the answer's body; it names neither the secret nor the expected signature. Digests are compared in
 * constant time, the signature before the timestamp.
 */
export type Verify = (
  request: SignedRequest,
) => undefined | 'signature_missing' | 'signature_wrong' | 'signature_expired';

/** One way of signing. One file a scheme. Building the check throws ToolkitError when a secret has the wrong form. */
export interface SignatureScheme {
  readonly name: string;
  verifier(secrets: readonly string[]): Verify;
}
