import type { SignedRequest } from '../../../packages/tap-webhooks/dist/signatures/signature.js';

const ORIGIN = 'https://hooks.example.com';
const PATH = '/v1/shop/token';

/** A request as a verifier sees it; header names in lower case. */
export function signed(
  headers: { readonly [name: string]: string | undefined },
  body: string | Uint8Array,
  now = 0,
  more: Partial<SignedRequest> = {},
): SignedRequest {
  const path = more.path ?? PATH;
  return {
    method: 'POST',
    url: `${ORIGIN}${path}`,
    path,
    header: (name) => headers[name],
    body: Buffer.from(body),
    now,
    ...more,
  };
}
