import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { github } from '../../../packages/tap-webhooks/dist/providers/github.js';
import { hubspot } from '../../../packages/tap-webhooks/dist/providers/hubspot.js';
import { mailgun } from '../../../packages/tap-webhooks/dist/providers/mailgun.js';
import { sendgrid } from '../../../packages/tap-webhooks/dist/providers/sendgrid.js';
import type { Verification } from '../../../packages/tap-webhooks/dist/signatures/scheme.js';
import type { Verify } from '../../../packages/tap-webhooks/dist/signatures/signature.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { signed } from './signed-request.js';

const verifier = (verification: Verification | undefined, ...secrets: string[]) =>
  verifierOf(verification ?? { scheme: 'none' }, secrets) as Verify;

/** Vectors of twilio/twilio-node, spec/validation.spec.js; all with the auth token 12345. */
describe('Twilio', () => {
  const verify = verifier(
    {
      scheme: 'hmac',
      signature: { header: 'x-twilio-signature' },
      signed: '{url}{fields}',
      hash: 'sha1',
      encoding: 'base64',
      body_digest: { query: 'bodySHA256' },
    },
    '12345',
  );
  const post = (signature: string, body: string, type: string, search = '?foo=1&bar=2') => {
    const path = `/myapp.php${search}`;
    const headers = { 'x-twilio-signature': signature, 'content-type': type };
    return verify(signed(headers, body, 0, { path, url: `https://mycompany.com${path}` }));
  };
  const FORM = 'application/x-www-form-urlencoded; charset=UTF-8';
  const call =
    'To=%2B18005551212&CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309';
  const CALL_SIGNATURE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
  const JSON_BODY = '{"property": "value", "boolean": true}';
  const JSON_SIGNATURE = 'a9nBmqA0ju/hNViExpshrM61xv4=';
  const DIGEST = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';

  it('signs the URL and the sorted fields of a form', () => {
    expect(post(CALL_SIGNATURE, call, FORM)).toEqual({});
    expect(post(CALL_SIGNATURE, call.replace('1234&', '1235&'), FORM)).toBe('signature_wrong');
    expect(post(CALL_SIGNATURE, call, FORM, '?foo=1&bar=3')).toBe('signature_wrong');
  });

  it('signs each value of a field once, sorted', () => {
    const fields = 'SidAccount=AC123&Digits=5678&Digits=1234&Sid=CA123&Digits=1234';
    expect(post('IK+Dwps556ElfBT0I3Rgjkr1wJU=', fields, FORM)).toEqual({});
  });

  it('signs JSON by its digest in the URL', () => {
    const search = `?foo=1&bar=2&bodySHA256=${DIGEST}`;
    expect(post(JSON_SIGNATURE, JSON_BODY, 'application/json', search)).toEqual({});
    expect(post(JSON_SIGNATURE, `${JSON_BODY} `, 'application/json', search)).toBe('signature_wrong');
  });

  it('cannot be made to sign a body that nothing covers', () => {
    const onlyUrl = createHmac('sha1', '12345').update('https://mycompany.com/myapp.php?foo=1&bar=2');
    expect(post(onlyUrl.digest('base64'), '{"forged":true}', 'application/json')).toBe('signature_wrong');
  });

  it('is not asked to sort a form of more than 10,000 fields', () => {
    expect(post(CALL_SIGNATURE, 'a=1&'.repeat(10_001), FORM)).toBe('signature_malformed');
  });
});

/** documentation.mailgun.com, "Securing Webhooks": timestamp and token are signed, the event is not. */
describe('Mailgun', () => {
  const verify = verifier(mailgun.verification, 'mailgun-key');
  const token = 'a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0';
  const signature = createHmac('sha256', 'mailgun-key').update(`1529006854${token}`).digest('hex');
  const post = (given: object) => verify(signed({}, JSON.stringify({ signature: given, 'event-data': {} })));

  it('signs in the body', () => {
    expect(post({ timestamp: '1529006854', token, signature })).toEqual({});
    expect(post({ timestamp: '1529006855', token, signature })).toBe('signature_wrong');
    expect(post({ timestamp: '1529006854', token: `${token}0`, signature })).toBe('signature_wrong');
    expect(post({ timestamp: '1529006854', token })).toBe('signature_missing');
  });
});

/** The vector of sendgrid/sendgrid-nodejs, packages/eventwebhook/src/eventwebhook.spec.js. */
describe('SendGrid', () => {
  const verify = verifier(
    sendgrid.verification,
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==',
  );
  const post = (timestamp: string, body: string) =>
    verify(
      signed(
        {
          'x-twilio-email-event-webhook-signature':
            'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=',
          'x-twilio-email-event-webhook-timestamp': timestamp,
        },
        body,
      ),
    );
  const BODY = '{"category":"example_payload","event":"test_event","message_id":"message_id"}';

  it('signs time and body by ECDSA', () => {
    expect(post('1588788367', BODY)).toEqual({});
    expect(post('1588788368', BODY)).toBe('signature_wrong');
    expect(post('1588788367', BODY.replace('message_id', 'message_ie'))).toBe('signature_wrong');
  });
});

/** developers.hubspot.com, "Validating requests": the URL with some escapes decoded. */
describe('HubSpot', () => {
  const verify = verifier(hubspot.verification, 'client-secret');

  it('signs method, decoded URL, body and time', () => {
    const text = 'POSThttps://hooks.example.com/v1/shop/token?to=a@b.c&x=%20[]1700000000000';
    const signature = createHmac('sha256', 'client-secret').update(text).digest('base64');
    const headers = {
      'x-hubspot-signature-v3': signature,
      'x-hubspot-request-timestamp': '1700000000000',
    };
    const path = '/v1/shop/token?to=a%40b.c&x=%20';
    expect(verify(signed(headers, '[]', 0, { path }))).toEqual({});
    expect(verify(signed(headers, '[]', 0, { path: `${path}1` }))).toBe('signature_wrong');
    expect(verify(signed(headers, '[ ]', 0, { path }))).toBe('signature_wrong');
    expect(verify(signed(headers, '[]', 0, { path, method: 'PUT' }))).toBe('signature_wrong');
  });
});

/** The vector of docs.github.com, "Validating webhook deliveries". */
describe('GitHub', () => {
  const verify = verifier(github.verification, "It's a Secret to Everybody");
  const headers = {
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  };

  it('signs the body', () => {
    expect(verify(signed(headers, 'Hello, World!'))).toEqual({});
    expect(verify(signed(headers, 'Hello, World?'))).toBe('signature_wrong');
  });
});
