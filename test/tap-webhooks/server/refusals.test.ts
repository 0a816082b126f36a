import { describe, expect, it } from 'vitest';
import { type Answered, startReceiver } from './receiver.js';

const OTHER_TOKEN = 'f'.repeat(64);

/** Status, body and all headers but the clock's. */
function shape({ status, headers: { date: _, ...headers }, text }: Answered) {
  return { status, headers, text };
}

describe('404', () => {
  it('is the same answer for everything unknown', async () => {
    const receiver = await startReceiver({
      integrations: [
        { name: 'shop', provider: 'webhooks' },
        { name: 'other', provider: 'webhooks' },
      ],
    });
    const expected = shape(await receiver.post('{"id":1}', {}, '/'));
    expect(expected).toMatchObject({
      status: 404,
      text: '{"error":"not_found","message":"There is no webhook at this address."}',
    });
    const paths = [
      `/v1/nobody/${receiver.token()}`,
      `/v1/shop/${OTHER_TOKEN}`,
      `/v1/shop/${receiver.token('other')}`,
      `/v1/shop/${receiver.token().toUpperCase()}x`,
      `/v1/shop/${'a'.repeat(500)}`,
      '/v1/shop/%zz',
      '/v1/shop/%2e%2e',
      '/v1/__proto__/constructor',
      '/v1/shop/',
      '/v1/shop',
      `${receiver.path()}/more`,
      `/v1${receiver.path()}`,
      `/v2/shop/${receiver.token()}`,
      '/favicon.ico',
    ];
    for (const path of paths) {
      expect(shape(await receiver.post('{"id":1}', {}, path)), path).toEqual(expected);
    }
    expect(await receiver.rows()).toEqual([]);
  });

  it('is the answer to unknown paths with any method', async () => {
    const receiver = await startReceiver();
    for (const method of ['GET', 'PUT', 'OPTIONS', 'PROPFIND']) {
      expect((await receiver.send({ method, path: '/' })).status, method).toBe(404);
    }
  });

  it('is sent before a large body is read', async () => {
    const receiver = await startReceiver();
    const { sent, answer } = receiver.open({
      method: 'POST',
      path: `/v1/shop/${OTHER_TOKEN}`,
      headers: { 'content-length': 15_000_000 },
    });
    sent.flushHeaders();
    const { status, headers } = await answer;
    expect(status).toBe(404);
    expect(headers.connection).toBe('close');
    sent.destroy();
  });
});

describe('405', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'is the answer to %s, whatever the token',
    async (method) => {
      const receiver = await startReceiver();
      const right = await receiver.send({ method, path: receiver.path() });
      const wrong = await receiver.send({ method, path: `/v1/nobody/${OTHER_TOKEN}` });
      expect(right).toMatchObject({ status: 405, headers: { allow: 'POST' } });
      expect(shape(wrong)).toEqual(shape(right));
    },
  );

  it('allows no other origin', async () => {
    const receiver = await startReceiver();
    const { headers } = await receiver.send({
      method: 'OPTIONS',
      path: receiver.path(),
      headers: { origin: 'https://example.com', 'access-control-request-method': 'POST' },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('the answer 400 or 415', () => {
  it.each([
    ['without a type', undefined, 400],
    ['as JSON', 'application/json', 400],
    ['as a type of the JSON family', 'application/vnd.api+json', 400],
    ['as text', 'text/plain', 415],
  ])('is sent for a body that is not JSON, declared %s', async (_how, type, status) => {
    const receiver = await startReceiver();
    const answer = await receiver.post('id=1&name=x', type === undefined ? {} : { 'content-type': type });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error).toBe(status === 400 ? 'not_json' : 'unsupported_media_type');
    expect(await receiver.rows()).toEqual([]);
  });

  it('is sent without a body', async () => {
    const receiver = await startReceiver();
    expect((await receiver.post('')).status).toBe(400);
    expect((await receiver.send({ method: 'POST', path: receiver.path() })).status).toBe(400);
  });

  it('does not speak of compression when the encoding is no coding', async () => {
    const receiver = await startReceiver();
    const answer = await receiver.post('{', { 'content-encoding': 'utf-8' });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error).toBe('not_json');
  });
});

describe('413', () => {
  it('is the answer to an array of more than 10,000 events, which is logged and not kept', async () => {
    const receiver = await startReceiver();
    const answer = await receiver.post(`[${'{},'.repeat(10_000)}{}]`);
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toEqual({
      error: 'too_many_events',
      message: 'The body is an array of more than 10000 events; send fewer per request.',
    });
    expect(await receiver.rows()).toEqual([]);
    expect(receiver.logged.join()).toContain('"reason":"too_many_events"');
  });

  const shop = { name: 'shop', provider: 'webhooks', body_limit_bytes: 1000 };

  it('is the answer to a length over the limit, and ends the connection', async () => {
    const receiver = await startReceiver({ integrations: [shop] });
    const answer = await receiver.post(JSON.stringify('x'.repeat(1000)));
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(JSON.parse(answer.text)).toEqual({
      error: 'body_too_large',
      message: 'The body is larger than 1000 bytes.',
    });
  });

  it('is the answer to chunks over the limit, which are never truncated', async () => {
    const receiver = await startReceiver({ integrations: [shop] });
    const { sent, answer } = receiver.open({ method: 'POST', path: receiver.path() });
    sent.write(`{"id":1}${' '.repeat(900)}`);
    sent.end(' '.repeat(200));
    expect(await answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(await receiver.rows()).toEqual([]);
  });

  it('reaches a sender that goes on sending', async () => {
    const receiver = await startReceiver({ integrations: [shop] });
    const { sent, answer } = receiver.open({ method: 'POST', path: receiver.path() });
    sent.end(Buffer.alloc(5_000_000, 'x'));
    expect((await answer).status).toBe(413);
  });

  it('is sent instead of "100 Continue"', async () => {
    const receiver = await startReceiver({ integrations: [shop] });
    const { sent, answer } = receiver.open({
      method: 'POST',
      path: receiver.path(),
      headers: { expect: '100-continue', 'content-length': 5000 },
    });
    let asked = false;
    sent.on('continue', () => {
      asked = true;
    });
    sent.flushHeaders();
    expect((await answer).status).toBe(413);
    expect(asked).toBe(false);
    sent.destroy();
  });

  it('depends on the limit of each integration', async () => {
    const large = { name: 'large', provider: 'webhooks', body_limit_bytes: 5000 };
    const receiver = await startReceiver({ integrations: [shop, large] });
    const body = JSON.stringify({ text: 'x'.repeat(1000) });
    expect((await receiver.post(body)).status).toBe(413);
    expect((await receiver.post(body, {}, receiver.path('large'))).status).toBe(200);
  });
});
