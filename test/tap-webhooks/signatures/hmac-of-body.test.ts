import { describe, expect, it } from 'vitest';
import type { Verification } from '../../../packages/tap-webhooks/dist/signatures/scheme.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { signed } from './signed-request.js';

// Digests by `openssl dgst -sha256 -hmac <key>` over exactly these bytes.
const BODY = '{"event_type":"survey_response.created","event_id":"e1","event_data":{"id":"5435","score":9}}';
const KEY = 'delighted-api-key';
const DIGEST = '16941d86e6f467882a725c58d852cdd5080211c34c7190f92d28c9e6f2c96786';
const SECOND_KEY = 'second-key';
const SECOND_DIGEST = 'f3710ff37ea07eb1dc86c59ccd02fe80d80dbee0d411bb200b0c88f8b3ff1cfd';

const SIGNATURE = { header: 'X-Signature', prefix: 'sha256=' };
const scheme: Verification = { scheme: 'hmac', signature: SIGNATURE };
const verify = verifierOf(scheme, [KEY]);
const verifyAs = (more: Partial<Verification>) => verifierOf({ ...scheme, ...more }, [KEY]);
const request = (signature: string | undefined, body: string | Uint8Array = BODY) =>
  signed({ 'x-signature': signature }, body);

describe('HMAC over the body', () => {
  it('is accepted', () => {
    expect(verify?.(request(`sha256=${DIGEST}`))).toEqual({});
  });

  it('is accepted without the prefix', () => {
    expect(verify?.(request(DIGEST))).toEqual({});
  });

  it('is accepted in upper case', () => {
    expect(verify?.(request(DIGEST.toUpperCase()))).toEqual({});
  });

  it('is accepted with any of several secrets', () => {
    const both = verifierOf(scheme, [KEY, SECOND_KEY]);
    expect(both?.(request(`sha256=${SECOND_DIGEST}`))).toEqual({});
    expect(both?.(request(`sha256=${DIGEST}`))).toEqual({});
  });

  it('is accepted in base64 when the provider uses it', () => {
    expect(
      verifyAs({ encoding: 'base64' })?.(request('FpQdhub0Z4gqclxY2FLN1QgCEcNMcZD5LSjJ5vLJZ4Y=')),
    ).toEqual({});
  });

  it('is accepted as SHA-1 when the provider uses it', () => {
    expect(verifyAs({ hash: 'sha1' })?.(request('3888b14be171617b894f501eb061dc2191edbe80'))).toEqual({});
  });

  it('is missing without the header', () => {
    expect(verify?.(request(undefined))).toBe('signature_missing');
  });

  it('is wrong with another secret', () => {
    expect(verify?.(request(`sha256=${SECOND_DIGEST}`))).toBe('signature_wrong');
  });

  it('is wrong for a body with one more space', () => {
    expect(verify?.(request(`sha256=${DIGEST}`, `${BODY} `))).toBe('signature_wrong');
  });

  it.each([
    ['empty', ''],
    ['only a prefix', 'sha256='],
    ['cut', `sha256=${DIGEST.slice(0, 62)}`],
    ['longer', `sha256=${DIGEST}00`],
    ['no hexadecimal', `sha256=${'z'.repeat(64)}`],
    ['with something after it', `sha256=${DIGEST}!`],
    ['under another algorithm', `sha1=${DIGEST}`],
  ])('is malformed when it is %s', (_how, signature) => {
    expect(verify?.(request(signature))).toBe('signature_malformed');
  });
});
