import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** A delivery as a provider would make it. What signs it is the test's own code, by the provider's published rule. */
export interface SignedSample {
  /** Name of the provider. */
  readonly provider: string;
  /** As a person would give it to the integration. */
  readonly secret: string;
  /** @param now epoch in ms. @returns the headers, without those that Node adds. */
  sign(body: Buffer, now: number): { readonly [name: string]: string };
  /** Names of headers whose whole value is signed, or is the proof. */
  readonly signs: readonly string[];
  /** The parts of the body that are signed, when that is not all of it; `nothing` for a secret that is only shown. */
  readonly signedParts?: readonly RegExp[] | 'nothing';
  /** Turns a stored sample into what is sent, for a signature in the body. */
  prepare?(sample: Buffer, now: number): Buffer;
  /** The URL is signed too. */
  readonly signsUrl?: boolean;
}

const payloads = new URL('../../../examples/payloads/', import.meta.url);

/** Returns the sample deliveries of a provider, in order. */
export function payloadsOf(provider: string): Buffer[] {
  const folder = new URL(`${provider}/`, payloads);
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(new URL(file, folder)));
}

/** Returns an HMAC as text. */
export function hmac(
  hash: 'sha1' | 'sha256',
  key: string | Buffer,
  encoding: 'hex' | 'base64',
  ...parts: readonly (string | Buffer)[]
): string {
  const sum = createHmac(hash, key);
  for (const part of parts) sum.update(part);
  return sum.digest(encoding);
}

export function seconds(now: number): string {
  return String(Math.floor(now / 1000));
}
