import { hash, randomBytes } from 'node:crypto';

/** 256 bits, as 64 hexadecimal digits. */
export function newToken(): string {
  return randomBytes(32).toString('hex');
}

/**
 * What is stored of a token, and what tokens are looked up by: an index over digests tells nothing about a token by how long
 * a look-up takes.
 * @returns SHA-256, hex.
 */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'hex');
}
