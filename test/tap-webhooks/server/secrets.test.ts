import { describe, expect, it } from 'vitest';
import { type Answered, startReceiver } from './receiver.js';

const SECRET = 'CANARY-secret';
const PAYLOAD = 'CANARY-payload';
const nps = { name: 'nps', provider: 'delighted', secrets: [SECRET] };
const shop = { name: 'shop', provider: 'webhooks', body_limit_bytes: 1000 };

describe('answers and logs', () => {
  it('contain no secret, no token, no URL and nothing that was sent', async () => {
    const receiver = await startReceiver({ integrations: [nps, shop] });
    const body = `{"x":"${PAYLOAD}"}`;
    const bad = `${PAYLOAD} is no JSON`;
    const answers: Answered[] = [];
    const paths = [
      receiver.path('nps'),
      receiver.path('shop'),
      `/v1/shop/${PAYLOAD}`,
      `/v1/${PAYLOAD}/x`,
      `/${PAYLOAD}`,
    ];
    for (const path of paths) {
      answers.push(await receiver.post(body, {}, path));
      answers.push(await receiver.post(bad, { 'content-type': `text/${PAYLOAD}` }, path));
      answers.push(await receiver.post(body, { 'x-delighted-webhook-signature': PAYLOAD }, path));
      answers.push(await receiver.post(PAYLOAD.repeat(100), {}, path));
      answers.push(await receiver.send({ method: 'GET', path }));
    }
    const said = [
      ...answers.map(({ text, headers }) => text + JSON.stringify(headers)),
      ...receiver.logged,
    ].join('\n');
    expect(said).not.toContain('CANARY');
    expect(said).not.toContain(receiver.token('nps'));
    expect(said).not.toContain(receiver.token('shop'));
    expect(said).not.toContain('/v1/');
    expect(receiver.logged.length).toBeGreaterThan(5);
  });
});

describe('the log', () => {
  it('names integration, status and reason of a refusal', async () => {
    const receiver = await startReceiver();
    await receiver.post('no JSON');
    expect(receiver.logged.map((line) => JSON.parse(line))).toEqual([
      { level: 'info', message: 'Refused', integration: 'shop', status: 400, reason: 'not_json', count: 1 },
    ]);
  });

  it('cannot be flooded by strangers', async () => {
    const receiver = await startReceiver();
    const wrong = Array.from({ length: 100 }, (_, index) => `/v1/stranger-${index}/token-${index}`);
    await Promise.all(wrong.map((path) => receiver.post('{}', {}, path)));
    expect(receiver.logged).toHaveLength(1);
  });

  it('mentions accepted webhooks at debug level only', async () => {
    const receiver = await startReceiver();
    await receiver.post('{}');
    expect(receiver.logged.map((line) => JSON.parse(line).level)).toEqual(['debug']);
  });
});
