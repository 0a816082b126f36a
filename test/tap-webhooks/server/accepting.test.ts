import { describe, expect, it } from 'vitest';
import { payload, startReceiver } from './receiver.js';

describe('a webhook is accepted', () => {
  it('with an answer that counts its events', async () => {
    const receiver = await startReceiver();
    const { status, headers, text } = await receiver.post('{"id":1}', { 'content-type': 'application/json' });
    expect(status).toBe(200);
    expect(text).toBe('{"status":"ok","stored":1,"duplicate":0,"filtered":0,"quarantined":0}');
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'referrer-policy': 'no-referrer',
    });
    expect((await receiver.rows()).map(payload)).toEqual([{ id: 1 }]);
  });

  it('as an array, with one row per element', async () => {
    const receiver = await startReceiver();
    const { text } = await receiver.post('[{"id":1},{"id":2},5]');
    expect(JSON.parse(text)).toEqual({ status: 'ok', stored: 2, duplicate: 0, filtered: 0, quarantined: 1 });
  });

  it.each([
    ['no type', undefined],
    ["curl -d's type", 'application/x-www-form-urlencoded'],
    ['text', 'text/plain; charset=utf-8'],
    ['a JSON type with parameters', 'application/json; charset=UTF-8'],
    ['a type of the JSON family', 'application/cloudevents+json'],
    ['a type that is none', 'json'],
  ])('with %s', async (_what, type) => {
    const receiver = await startReceiver();
    const { status } = await receiver.post('{"id":1}', type === undefined ? {} : { 'content-type': type });
    expect(status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual([{ id: 1 }]);
  });

  it('in chunks, without a length', async () => {
    const receiver = await startReceiver();
    const { sent, answer } = receiver.open({ method: 'POST', path: receiver.path() });
    for (const part of ['{"text":"', 'ä'.repeat(1000), '","n":', '1}']) sent.write(part);
    sent.end();
    expect((await answer).status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual([{ text: 'ä'.repeat(1000), n: 1 }]);
  });

  it('up to exactly the limit', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(100) });
    const shop = { name: 'shop', provider: 'webhooks', body_limit_bytes: body.length };
    const receiver = await startReceiver({ integrations: [shop] });
    expect((await receiver.post(body)).status).toBe(200);
  });

  it('with a byte order mark', async () => {
    const receiver = await startReceiver();
    expect((await receiver.post('\ufeff{"id":1}')).status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual([{ id: 1 }]);
  });

  it('with a query after its path', async () => {
    const receiver = await startReceiver();
    expect((await receiver.post('{"id":1}', {}, `${receiver.path()}?source=test`)).status).toBe(200);
  });

  it('from a sender that asks first (Expect: 100-continue)', async () => {
    const receiver = await startReceiver();
    const { sent, answer } = receiver.open({
      method: 'POST',
      path: receiver.path(),
      headers: { expect: '100-continue', 'content-length': 8 },
    });
    sent.on('continue', () => sent.end('{"id":1}'));
    sent.flushHeaders();
    expect((await answer).status).toBe(200);
  });

  it('once each, when many arrive at the same time', async () => {
    const receiver = await startReceiver();
    const ids = Array.from({ length: 200 }, (_, id) => id);
    const answers = await Promise.all(ids.map((id) => receiver.post(`{"id":${id}}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const stored = (await receiver.rows()).map((row) => (payload(row) as { id: number }).id);
    expect(stored.sort((a, b) => a - b)).toEqual(ids);
  });

  it.each(['webhook-id', 'svix-id'])('once, when it is sent again with the same %s', async (header) => {
    const receiver = await startReceiver();
    await receiver.post('{"id":1}', { [header]: 'msg_1' });
    const { status, text } = await receiver.post('{"id":1}', { [header]: 'msg_1' });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ stored: 0, duplicate: 1 });
    expect(await receiver.rows()).toHaveLength(1);
  });
});
