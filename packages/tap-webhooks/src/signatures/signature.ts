/** What a sender may have signed. Nothing has been decoded yet. */
export interface SignedRequest {
  readonly method: string;
  /**
   * The URL as the sender called it: `public_url`, then path and query as received. It holds the token, so it must never be
   * logged.
   */
  readonly url: string;
  /** Path and query as received. It holds the token too. */
  readonly path: string;
  /** @param name in lower case. Several headers of one name are joined by `, `. */
  header(name: string): string | undefined;
  /** The body as it was sent. */
  readonly body: Uint8Array;
  /** Returns the body as it was before the sender compressed it; undefined when it did not, or when that is too large. */
  decodedBody?(): Uint8Array | undefined;
  /** Epoch in ms, by the receiver's clock. */
  readonly now: number;
}

/** Why a request is refused: for the log. The sender gets the same answer for each. */
export type VerificationProblem =
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_wrong'
  | 'signature_expired'
  | 'credentials_missing'
  | 'credentials_wrong';

/** A request whose sender has proved who it is. */
export interface Verified {
  /** The id that the signature covers; absent when it covers none. */
  readonly id?: string;
}

/**
 * Checks a request against several secrets, since two are valid while one is rotated. Secrets are compared in constant time,
 * and a signature is checked before its timestamp.
 */
export type Verify = (request: SignedRequest) => Verified | VerificationProblem;
