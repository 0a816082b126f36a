import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Verification } from '../../../packages/tap-webhooks/dist/signatures/scheme.js';
import type { SignedRequest, Verify } from '../../../packages/tap-webhooks/dist/signatures/signature.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { signed } from './signed-request.js';

const KEY = 'a shared secret';
const BODY = '{"id":5,"meta":{"token":"t-1","at":1700000000}}';

/** Signs as a sender would, by Node's own HMAC. */
function hmac(
  text: string,
  encoding: 'hex' | 'base64' | 'base64url' = 'hex',
  hash = 'sha256',
  key: string | Buffer = KEY,
) {
  return createHmac(hash, key).update(text).digest(encoding);
}

function verifier(verification: Partial<Verification>, secrets: string[] = [KEY]): Verify {
  const signature = { header: 'x-signature' };
  return verifierOf({ scheme: 'hmac', signature, ...verification }, secrets) as Verify;
}

function request(
  signature: string,
  headers: { readonly [name: string]: string } = {},
  more: Partial<SignedRequest> = {},
  body: string | Uint8Array = BODY,
): SignedRequest {
  return signed({ 'x-signature': signature, ...headers }, body, 0, more);
}

describe('what is signed', () => {
  const more = { path: '/v1/shop/token?a=1', method: 'PUT' };
  const url = 'https://hooks.example.com/v1/shop/token?a=1';

  it.each([
    ['{body}', BODY],
    ['{method} {url}', `PUT ${url}`],
    ['{path}\n{body}', `/v1/shop/token?a=1\n${BODY}`],
    ['{header:X-Shop};{body}', `shop-1;${BODY}`],
    ['{body:meta.token}|{body:id}|{body:meta.at}', 't-1|5|1700000000'],
    ['{{{body}}}', `{${BODY}}`],
  ])('may be %s', (template, text) => {
    const verify = verifier({ signed: template });
    expect(verify(request(hmac(text), { 'x-shop': 'shop-1' }, more))).toEqual({});
    expect(verify(request(hmac(`${text} `), { 'x-shop': 'shop-1' }, more))).toBe('signature_wrong');
  });

  it('includes an id, which is returned, and a timestamp', () => {
    const verify = verifier({
      signed: '{id}.{timestamp}.{body}',
      id: { header: 'x-id' },
      timestamp: { header: 'x-time' },
    });
    const headers = { 'x-id': 'e-1', 'x-time': '1700000000' };
    expect(verify(request(hmac(`e-1.1700000000.${BODY}`), headers))).toEqual({ id: 'e-1' });
    expect(verify(request(hmac(`e-2.1700000000.${BODY}`), headers))).toBe('signature_wrong');
    expect(verify(request(hmac(`e-1.1700000000.${BODY}`), { 'x-id': 'e-1' }))).toBe('signature_missing');
  });

  it('is the bytes that were sent, also where they are no text', () => {
    const body = Uint8Array.of(0xff, 0xfe, 0x00);
    const signature = createHmac('sha256', KEY).update(body).digest('hex');
    expect(verifier({})(request(signature, {}, {}, body))).toEqual({});
  });

  it('includes headers as their bytes were sent', () => {
    const verify = verifier({ signed: '{header:x-name}' });
    const asNodeReadsIt = Buffer.from('Zoë').toString('latin1');
    expect(verify(request(hmac('Zoë'), { 'x-name': asNodeReadsIt }))).toEqual({});
  });

  it('is malformed when a part of it is not there', () => {
    expect(verifier({ signed: '{header:x-shop}' })(request(hmac('')))).toBe('signature_malformed');
    expect(verifier({ signed: '{body:nothing}' })(request(hmac('')))).toBe('signature_malformed');
  });

  it('is the decoded body where the encoded one does not fit', () => {
    const verify = verifier({});
    const decodedBody = () => Buffer.from(BODY);
    expect(verify(request(hmac(BODY), {}, { decodedBody }, 'compressed'))).toEqual({});
    expect(verify(request(hmac('compressed'), {}, { decodedBody }, 'compressed'))).toEqual({});
    expect(verify(request(hmac('other'), {}, { decodedBody }, 'compressed'))).toBe('signature_wrong');
    const tooLarge = () => undefined;
    expect(verify(request(hmac(BODY), {}, { decodedBody: tooLarge }, 'compressed'))).toBe('signature_wrong');
  });
});

describe('a member of a body', () => {
  const verify = verifier({ signature: { body: 'sig' }, signed: '{body:a.b}' });
  const post = (body: string) => verify(signed({}, body));
  const sig = hmac('x');

  it.each([
    ['anywhere', `{ "c" : [1, {"a":{"b":"y"}}] , "a" : { "z":"}{" , "b" : "x" } , "sig" : "${sig}" }`],
    ['after a byte order mark', `\uFEFF{"a":{"b":"x"},"sig":"${sig}"}`],
    ['with escapes in its name and value', `{"\\u0061":{"b":"\\u0078"},"sig":"${sig}"}`],
    ['the last of its name', `{"a":{"b":"y"},"a":{"b":"x"},"sig":"${sig}"}`],
  ])('is found: %s', (_where, body) => {
    expect(post(body)).toEqual({});
  });

  it.each([
    ['a list', `[{"a":{"b":"x"},"sig":"${sig}"}]`, 'signature_missing'],
    ['no text', `{"a":{"b":["x"]},"sig":"${sig}"}`, 'signature_malformed'],
    ['no JSON', `{"a":{"b":"x"},"sig":"${sig}`, 'signature_missing'],
    ['empty', '', 'signature_missing'],
    ['half an object', '{"a":', 'signature_missing'],
  ])('is not found in what is no object of members: %s', (_what, body, problem) => {
    expect(post(body)).toBe(problem);
  });
});

describe('a body that was compressed', () => {
  const sent = 'compressed';

  it('is decoded for a signature that is in it', () => {
    const verify = verifier({ signature: { body: 'sig' }, signed: '{body:n}' });
    const decodedBody = () => Buffer.from(`{"n":"1","sig":"${hmac('1')}"}`);
    expect(verify(signed({}, sent, 0, { decodedBody }))).toEqual({});
  });

  it('is not decoded for a request without a signature', () => {
    let decoded = 0;
    const decodedBody = () => {
      decoded += 1;
      return Buffer.from(BODY);
    };
    expect(verifier({})(signed({}, sent, 0, { decodedBody }))).toBe('signature_missing');
    expect(decoded).toBe(0);
  });
});

describe('a signature', () => {
  it.each([
    ['sha1', 'hex'],
    ['sha256', 'base64'],
    ['sha512', 'base64url'],
    ['md5', 'hex'],
  ] as const)('may be made with %s and written as %s', (hash, encoding) => {
    const verify = verifier({ hash, encoding });
    expect(verify(request(hmac(BODY, encoding, hash)))).toEqual({});
    expect(verify(request(hmac(`${BODY} `, encoding, hash)))).toBe('signature_wrong');
  });

  it('is malformed in another spelling of the same bytes', () => {
    const verify = verifier({ encoding: 'base64' });
    const canonical = hmac(BODY, 'base64');
    const bytes = Buffer.from(canonical, 'base64');
    const others = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
      .map((letter) => `${canonical.slice(0, -2)}${letter}=`)
      .filter((text) => text !== canonical && Buffer.from(text, 'base64').equals(bytes));
    expect(others).toHaveLength(3);
    for (const text of [...others, `${canonical.slice(0, 20)} ${canonical.slice(20)}`])
      expect(verify(request(text))).toBe('signature_malformed');
    expect(verify(request(canonical.replace('=', '')))).toEqual({});
  });

  const member = { header: 'x-signature', prefix: 'v1=' };
  const listed = verifier({
    signature: member,
    signed: '{timestamp}.{body}',
    timestamp: { ...member, prefix: 't=' },
  });
  const right = hmac(`1700000000.${BODY}`);
  const wrong = 'ab'.repeat(32);

  it.each([
    ['after the time', `t=1700000000,v1=${right}`],
    ['before the time', `v1=${right},t=1700000000`],
    ['after a wrong one', `t=1700000000,v1=${wrong},v1=${right}`],
    ['before a wrong one', `t=1700000000,v1=${right},v1=${wrong}`],
    ['beside one of another version', `t=1700000000,v0=${wrong},v1=${right}`],
    ['with spaces around', ` t=1700000000 , v1=${right} `],
    ['in capitals', `T=1700000000,V1=${right.toUpperCase()}`],
  ])('is found in a list: %s', (_where, header) => {
    expect(listed(request(header))).toEqual({});
  });

  it('is looked for in time proportional to the header, whatever is in it', () => {
    const time = (length: number) => {
      const start = performance.now();
      for (let round = 0; round < 20; round += 1) listed(request(`v1=a${' '.repeat(length)}b,t=1`));
      return performance.now() - start;
    };
    time(1000);
    // Twenty headers of 64 kB: quadratic work would take a minute.
    expect(time(64_000)).toBeLessThan(2000);
  });

  it('is not taken from a list where it belongs to something else', () => {
    expect(listed(request(`t=1700000000,v1=${wrong}`))).toBe('signature_wrong');
    expect(listed(request('t=1700000000'))).toBe('signature_malformed');
    expect(listed(request(`v1=${right}`))).toBe('signature_missing');
  });

  it('may be in one of several headers', () => {
    const verify = verifier({ signature: { header: ['x-signature-1', 'x-signature-2'] } });
    expect(verify(signed({ 'x-signature-1': wrong, 'x-signature-2': hmac(BODY) }, BODY))).toEqual({});
    expect(verify(signed({ 'x-signature-2': hmac(BODY) }, BODY))).toEqual({});
    expect(verify(signed({}, BODY))).toBe('signature_missing');
  });

  it('may be in the query or in the body', () => {
    const path = `/v1/shop/token?sig=${hmac(BODY)}`;
    expect(verifier({ signature: { query: 'sig' } })(signed({}, BODY, 0, { path }))).toEqual({});
    const inBody = verifier({ signature: { body: 'sig' }, signed: '{body:n}' });
    expect(inBody(signed({}, `{"n":"1","sig":"${hmac('1')}"}`))).toEqual({});
    expect(inBody(signed({}, `{"n":"2","sig":"${hmac('1')}"}`))).toBe('signature_wrong');
    expect(inBody(signed({}, '{"n":"1"}'))).toBe('signature_missing');
    expect(inBody(signed({}, 'no JSON'))).toBe('signature_missing');
  });
});

describe('the time of a signature', () => {
  const at = Date.UTC(2026, 10, 30, 12, 0, 0);
  const post = (
    unit: 'seconds' | 'milliseconds' | 'rfc3339',
    text: string,
    now: number,
    tolerance?: number,
  ) =>
    verifier({
      signed: '{timestamp}{body}',
      timestamp: { header: 'x-time', unit },
      ...(tolerance === undefined ? {} : { tolerance_seconds: tolerance }),
    })({ ...request(hmac(`${text}${BODY}`), { 'x-time': text }), now });

  it.each([
    ['seconds', String(at / 1000)],
    ['milliseconds', String(at)],
    ['rfc3339', '2026-11-30T12:00:00Z'],
    ['rfc3339', '2026-11-30T14:00:00.000+02:00'],
  ] as const)('is read in %s: %s', (unit, text) => {
    expect(post(unit, text, at + 60_000, 60)).toEqual({});
    expect(post(unit, text, at - 60_000, 60)).toEqual({});
    expect(post(unit, text, at + 60_001, 60)).toBe('signature_expired');
    expect(post(unit, text, at - 60_001, 60)).toBe('signature_expired');
  });

  it('does not matter without a tolerance, since a sender may sign only once and try again for days', () => {
    expect(post('seconds', String(at / 1000), at + 7 * 86_400_000)).toEqual({});
  });

  it('is malformed when it is not of its unit', () => {
    expect(post('seconds', 'soon', at)).toBe('signature_malformed');
    expect(post('rfc3339', String(at), at, 60)).toBe('signature_malformed');
  });
});

describe('a public key', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const ed = generateKeyPairSync('ed25519');
  const der = (key: typeof ec.publicKey) => key.export({ format: 'der', type: 'spki' });
  const pem = (key: typeof ec.publicKey) => String(key.export({ format: 'pem', type: 'spki' }));
  const ecSignature = sign('sha256', Buffer.from(BODY), ec.privateKey).toString('base64');
  const edSignature = sign(null, Buffer.from(BODY), ed.privateKey).toString('hex');
  const raw = der(ed.publicKey).subarray(-32);

  it.each([
    ['PEM', pem(ec.publicKey)],
    ['the base64 between the PEM lines', der(ec.publicKey).toString('base64')],
  ])('of ECDSA may be %s', (_form, secret) => {
    const verify = verifier({ scheme: 'ecdsa', encoding: 'base64' }, [secret]);
    expect(verify(request(ecSignature))).toEqual({});
    expect(verify(request(ecSignature, {}, {}, `${BODY} `))).toBe('signature_wrong');
    expect(verify(request(Buffer.from('no signature').toString('base64')))).toBe('signature_wrong');
  });

  it.each([
    ['PEM', pem(ed.publicKey)],
    ['the base64 between the PEM lines', der(ed.publicKey).toString('base64')],
    ['its bytes in hex', raw.toString('hex')],
    ['its bytes in base64', raw.toString('base64')],
    ['what Standard Webhooks senders show', `whpk_${raw.toString('base64')}`],
  ])('of Ed25519 may be %s', (_form, secret) => {
    const verify = verifier({ scheme: 'ed25519' }, [secret]);
    expect(verify(request(edSignature))).toEqual({});
    expect(verify(request(edSignature, {}, {}, `${BODY} `))).toBe('signature_wrong');
  });

  it('may be one of several', () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    expect(verifier({ scheme: 'ed25519' }, [pem(other), pem(ed.publicKey)])(request(edSignature))).toEqual(
      {},
    );
  });
});

describe('a request of many signatures', () => {
  const list = (right: string, wrong: string, count: number) =>
    [...Array(count - 1).fill(wrong), right].join(',');

  it('is checked against 100 of an HMAC, which is computed once', () => {
    const verify = verifier({});
    expect(verify(request(list(hmac(BODY), hmac('x'), 100)))).toEqual({});
    expect(verify(request(list(hmac(BODY), hmac('x'), 101)))).toBe('signature_wrong');
  });

  it.each(['ecdsa', 'ed25519'] as const)('is checked against 4 with a public key: %s', (scheme) => {
    const { publicKey, privateKey } =
      scheme === 'ecdsa'
        ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        : generateKeyPairSync('ed25519');
    const secret = String(publicKey.export({ format: 'pem', type: 'spki' }));
    const signatureOf = (text: string) =>
      sign(scheme === 'ecdsa' ? 'sha256' : null, Buffer.from(text), privateKey).toString('hex');
    const verify = verifier({ scheme }, [secret]);
    expect(verify(request(list(signatureOf(BODY), signatureOf('x'), 4)))).toEqual({});
    expect(verify(request(list(signatureOf(BODY), signatureOf('x'), 5)))).toBe('signature_wrong');
  });
});

describe('credentials', () => {
  const verify = (verification: Verification, secrets: string[]) =>
    verifierOf(verification, secrets) as Verify;
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

  it('may be a secret in a header', () => {
    const header = verify({ scheme: 'header', header: 'X-Gitlab-Token' }, ['old', 'new']);
    expect(header(signed({ 'x-gitlab-token': 'new' }, BODY))).toEqual({});
    expect(header(signed({ 'x-gitlab-token': 'old' }, BODY))).toEqual({});
    expect(header(signed({ 'x-gitlab-token': 'newer' }, BODY))).toBe('credentials_wrong');
    expect(header(signed({ 'x-gitlab-token': '' }, BODY))).toBe('credentials_wrong');
    expect(header(signed({}, BODY))).toBe('credentials_missing');
  });

  it('may be a bearer token', () => {
    const bearer = verify({ scheme: 'bearer' }, ['token-1']);
    expect(bearer(signed({ authorization: 'Bearer token-1' }, BODY))).toEqual({});
    expect(bearer(signed({ authorization: 'bearer  token-1' }, BODY))).toEqual({});
    expect(bearer(signed({ authorization: 'Bearer token-2' }, BODY))).toBe('credentials_wrong');
    expect(bearer(signed({ authorization: 'token-1' }, BODY))).toBe('credentials_missing');
    expect(bearer(signed({}, BODY))).toBe('credentials_missing');
  });

  it('may be a user and a password', () => {
    const verifyBasic = verify({ scheme: 'basic' }, ['zoë:pass:word']);
    expect(verifyBasic(signed(basic('zoë:pass:word'), BODY))).toEqual({});
    expect(verifyBasic(signed(basic('zoë:pass'), BODY))).toBe('credentials_wrong');
    expect(verifyBasic(signed({ authorization: 'Basic !' }, BODY))).toBe('credentials_wrong');
    expect(verifyBasic(signed({}, BODY))).toBe('credentials_missing');
  });

  it('are none when the config says so', () => {
    expect(verifierOf({ scheme: 'none' }, [])).toBeUndefined();
  });
});
