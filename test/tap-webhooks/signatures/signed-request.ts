import type { SignedRequest } from '../../../packages/tap-webhooks/dist/signatures/signature.js';

/** A request as a signature scheme sees it; header names in lower case. */
export function signed(
  headers: { readonly [name: string]: string | undefined },
  body: string | Uint8Array,
  now = 0,
): SignedRequest {
  return {
    method: 'POST',
    url: 'https://hooks.example.com/v1/shop/token',
    header: (name) => headers[name],
    body: Buffer.from(body),
    now,
  };
}
