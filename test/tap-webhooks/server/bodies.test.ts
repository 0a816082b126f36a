import { createHmac } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { payload, startReceiver } from './receiver.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ONE_ROW = '{"status":"ok","stored":1,"duplicate":0,"filtered":0,"quarantined":0}';

/** Starts a receiver of one integration `shop` with these settings. */
function startShop(settings: object = {}) {
  return startReceiver({ integrations: [{ name: 'shop', provider: 'webhooks', ...settings }] });
}

describe('a body is accepted', () => {
  it('as a form', async () => {
    const receiver = await startShop();
    expect(await receiver.post('MessageSid=SM1&Body=a+b', FORM)).toMatchObject({
      status: 200,
      text: ONE_ROW,
    });
    expect((await receiver.rows()).map(payload)).toEqual([{ MessageSid: 'SM1', Body: 'a b' }]);
  });

  it('as the JSON in a field of a form', async () => {
    const receiver = await startShop({ json_field: 'mandrill_events' });
    const body = `mandrill_events=${encodeURIComponent('[{"_id":"a","ts":1.50},{"_id":"b"}]')}`;
    expect((await receiver.post(body, FORM)).status).toBe(200);
    expect((await receiver.rows())[0]).toMatch(/^\{"_id":"a","ts":1\.50,/);
    expect((await receiver.rows()).map(payload)).toEqual([{ _id: 'a', ts: 1.5 }, { _id: 'b' }]);
  });

  it('as a multipart form', async () => {
    const receiver = await startShop();
    const part = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--';
    const type = { 'content-type': 'multipart/form-data; boundary=x' };
    expect((await receiver.post(part, type)).text).toBe(ONE_ROW);
    expect((await receiver.rows()).map(payload)).toEqual([{ a: '1' }]);
  });

  it('as NDJSON, one line and many', async () => {
    const receiver = await startShop();
    for (const body of ['{"a":1}', '{"a":2}\n{"a":3}\n'])
      expect((await receiver.post(body, { 'content-type': 'application/json' })).status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });

  it.each([
    ['gzip', gzipSync('{"a":1}'), { 'content-encoding': 'gzip' }],
    ['deflate', deflateSync('{"a":1}'), { 'content-encoding': 'deflate' }],
    ['br', brotliCompressSync('{"a":1}'), { 'content-encoding': 'br' }],
    ['gzip without its header', gzipSync('{"a":1}'), {}],
    ['a form in gzip', gzipSync('a=1'), { ...FORM, 'content-encoding': 'gzip' }],
  ])('compressed: %s', async (_what, bytes, headers: { [name: string]: string }) => {
    const receiver = await startShop();
    expect(await receiver.post(bytes, headers)).toMatchObject({ status: 200, text: ONE_ROW });
    expect((await receiver.rows()).map(payload)).toEqual([{ a: 'content-type' in headers ? '1' : 1 }]);
  });

  it.each(['UTF-8', '', 'none', 'gzip', 'br', 'zstd', 'gzip, gzip'])(
    'that is plain, whatever its Content-Encoding says: "%s"',
    async (encoding) => {
      const receiver = await startShop();
      expect((await receiver.post('{"a":1}', { 'content-encoding': encoding })).status).toBe(200);
    },
  );

  it('in a charset with one byte per character', async () => {
    const receiver = await startShop();
    const body = Buffer.from('{"name":"Zo\xeb"}', 'latin1');
    const type = { 'content-type': 'application/json; charset=ISO-8859-1' };
    expect((await receiver.post(body, type)).status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual([{ name: 'Zoë' }]);
  });

  it('with a row per item of an inner array, and what is around it by choice', async () => {
    const receiver = await startShop({ unroll: { path: '/entry', copy: ['object'] } });
    const body = '{"object":"page","entry":[{"id":"1","time":1},{"id":"2","time":2}]}';
    expect(JSON.parse((await receiver.post(body)).text)).toMatchObject({ stored: 2 });
    expect((await receiver.rows()).map(payload)).toEqual([
      { id: '1', time: 1, object: 'page' },
      { id: '2', time: 2, object: 'page' },
    ]);
  });

  it('and its signature covers the bytes as they were sent', async () => {
    const secret = 'an api key';
    const receiver = await startReceiver({
      integrations: [{ name: 'shop', provider: 'delighted', secrets: [secret] }],
    });
    const bytes = gzipSync('{"event_id":"a"}');
    const digest = createHmac('sha256', secret).update(bytes).digest('hex');
    const headers = { 'x-delighted-webhook-signature': `sha256=${digest}`, 'content-encoding': 'gzip' };
    expect((await receiver.post(bytes, headers)).status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual([{ event_id: 'a' }]);
  });
});

describe('a signed body', () => {
  const secret = 'a secret';
  const hmac = (data: string | Uint8Array) =>
    `sha256=${createHmac('sha256', secret).update(data).digest('hex')}`;
  const startGithub = () =>
    startReceiver({ integrations: [{ name: 'shop', provider: 'github', secrets: [secret] }] });

  it('may be signed before it was compressed', async () => {
    const receiver = await startGithub();
    const text = '{"action":"opened","number":1}';
    for (const [bytes, encoding] of [
      [gzipSync(text), 'gzip'],
      [gzipSync(text), 'identity'],
      [brotliCompressSync(text), 'br'],
    ] as const) {
      const headers = { 'x-hub-signature-256': hmac(text), 'content-encoding': encoding };
      expect((await receiver.post(bytes, headers)).status).toBe(200);
      const wrong = { ...headers, 'x-hub-signature-256': hmac(`${text} `) };
      expect((await receiver.post(bytes, wrong)).status).toBe(401);
    }
    expect(await receiver.rows()).toHaveLength(3);
  });

  it('of GitHub may be a form that holds the event', async () => {
    const receiver = await startGithub();
    const body = `payload=${encodeURIComponent('{"action":"opened","number":1234567890123456789}')}`;
    const headers = { ...FORM, 'x-github-event': 'issues', 'x-hub-signature-256': hmac(body) };
    expect((await receiver.post(body, headers)).status).toBe(200);
    expect((await receiver.rows())[0]).toMatch(/^\{"action":"opened","number":1234567890123456789,/);
  });
});

it('a retry of HubSpot is recognised, although its attemptNumber differs', async () => {
  const receiver = await startReceiver({ integrations: [{ name: 'shop', provider: 'hubspot' }] });
  const event = (attemptNumber: number, subscriptionId = 7) =>
    JSON.stringify([{ eventId: 1, subscriptionId, attemptNumber, subscriptionType: 'contact.creation' }]);
  const counts = async (body: string) => JSON.parse((await receiver.post(body)).text);
  expect(await counts(event(0))).toMatchObject({ stored: 1 });
  expect(await counts(event(1))).toMatchObject({ duplicate: 1 });
  expect(await counts(event(0, 8))).toMatchObject({ stored: 1 });
});

describe('a body is refused', () => {
  const zeros = gzipSync(Buffer.alloc(50_000_000, ' '));

  it.each([
    [
      'a file in a form',
      '--x\r\ncontent-disposition: form-data; name=a; filename=b\r\n\r\n1\r\n--x--',
      { 'content-type': 'multipart/form-data; boundary=x' },
      400,
      '{"error":"unreadable","message":"The body cannot be read: it holds a file, and only fields of a form are accepted."}',
    ],
    [
      'a multipart form without an end',
      '--x\r\ncontent-disposition: form-data; name=a\r\n\r\n1',
      { 'content-type': 'multipart/form-data; boundary=x' },
      400,
      '{"error":"unreadable","message":"The body cannot be read: the last part of its form has no end."}',
    ],
    [
      'a gzip stream that is cut off',
      gzipSync('{"a":1}').subarray(0, 20),
      { 'content-encoding': 'gzip' },
      400,
      '{"error":"unreadable","message":"The body cannot be read: its gzip data is damaged or cut off."}',
    ],
    [
      'two compressions',
      gzipSync(gzipSync('{"a":1}')),
      { 'content-encoding': 'gzip, gzip' },
      415,
      '{"error":"unsupported_encoding","message":"The body cannot be read: it is compressed more than once."}',
    ],
    [
      'compressed text that is not JSON',
      gzipSync('hello'),
      { 'content-encoding': 'gzip' },
      400,
      '{"error":"not_json","message":"The body is not JSON: expected a value at offset 0."}',
    ],
    [
      'UTF-32',
      Buffer.from([0x7b, 0, 0, 0, 0x7d, 0, 0, 0]),
      {},
      400,
      '{"error":"not_json","message":"The body is not JSON: it is UTF-32: send UTF-8."}',
    ],
    [
      'a bomb',
      zeros,
      { 'content-encoding': 'gzip' },
      413,
      '{"error":"body_too_large","message":"The body becomes more than 100 times larger when it is decompressed."}',
    ],
  ])('with a sentence: %s', async (_what, body, headers, status, text) => {
    const receiver = await startShop();
    expect(await receiver.post(body, headers as { [name: string]: string })).toMatchObject({ status, text });
    expect(await receiver.rows()).toEqual([]);
  });

  it('gives back the memory that it was decompressed into', async () => {
    const receiver = await startReceiver({ limits: { bytesInFlight: 3_000_000 } });
    const body = gzipSync(JSON.stringify({ a: Array.from({ length: 300_000 }, (_, index) => index) }));
    for (let count = 0; count < 3; count += 1)
      expect((await receiver.post(body, { 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await receiver.post(zeros)).status).toBe(503);
    expect((await receiver.post(body)).status).toBe(200);
  });
});

describe('on_malformed: quarantine', () => {
  it.each([
    ['text that is not JSON', 'hello', {}],
    ['a form without an end', '--x\r\na', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['compressed data that is cut off', gzipSync('{"a":1}').subarray(0, 20), {}],
    ['what is compressed twice', gzipSync(gzipSync('{"a":1}')), {}],
    ['bytes of an unknown charset', Buffer.from('{"a":"\xeb"}', 'latin1'), {}],
    ['an empty body', '', {}],
  ])('keeps what cannot be read: %s', async (_what, body, headers) => {
    const receiver = await startShop({ on_malformed: 'quarantine' });
    const { status, text } = await receiver.post(body, headers as { [name: string]: string });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ status: 'ok', stored: 0, duplicate: 0, filtered: 0, quarantined: 1 });
    expect(await receiver.inbox.totals()).toMatchObject({ quarantined: 1 });
  });

  it('recognises a retry of what cannot be read by the id in its header', async () => {
    const receiver = await startShop({ on_malformed: 'quarantine' });
    const id = { 'webhook-id': 'a' };
    expect(JSON.parse((await receiver.post('hello', id)).text)).toMatchObject({ quarantined: 1 });
    expect(JSON.parse((await receiver.post('hello', id)).text)).toMatchObject({ duplicate: 1 });
    expect(JSON.parse((await receiver.post('other', id)).text)).toMatchObject({ quarantined: 1 });
  });

  it('still refuses what is too large', async () => {
    const receiver = await startShop({ on_malformed: 'quarantine', body_limit_bytes: 100 });
    expect((await receiver.post(gzipSync('x'.repeat(101)))).status).toBe(413);
    expect((await receiver.post('x'.repeat(101))).status).toBe(413);
  });
});
