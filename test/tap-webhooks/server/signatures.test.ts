import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startReceiver } from './receiver.js';

const BODY = '{"event_type":"survey_response.created","event_id":"e1","event_data":{"id":"5435","score":9}}';
// By `openssl dgst -sha256 -hmac delighted-api-key`.
const SIGNATURE = 'sha256=16941d86e6f467882a725c58d852cdd5080211c34c7190f92d28c9e6f2c96786';
const HEADER = 'x-delighted-webhook-signature';
const nps = { name: 'shop', provider: 'delighted', secrets: ['delighted-api-key'] };

describe('a signed integration', () => {
  it('accepts what is signed', async () => {
    const receiver = await startReceiver({ integrations: [nps] });
    expect((await receiver.post(BODY, { [HEADER]: SIGNATURE })).status).toBe(200);
    expect(await receiver.rows()).toHaveLength(1);
  });

  it.each([
    ['signature_missing', BODY, {}],
    ['signature_malformed', BODY, { [HEADER]: 'sha256=5' }],
    ['signature_wrong', `${BODY} `, { [HEADER]: SIGNATURE }],
  ])(
    'gets one answer for every problem, and the log says which it was: %s',
    async (reason, body, headers) => {
      const receiver = await startReceiver({ integrations: [nps] });
      const { status, text, headers: answered } = await receiver.post(body, headers);
      expect(status).toBe(401);
      expect(JSON.parse(text)).toEqual({
        error: 'unauthorized',
        message:
          'The request does not prove who sent it: its signature or secret is missing, wrong or too old.',
      });
      expect(answered['www-authenticate']).toBeUndefined();
      expect(await receiver.rows()).toEqual([]);
      const refused = receiver.logged.map((line) => JSON.parse(line)).filter((line) => line.status === 401);
      expect(refused).toMatchObject([{ integration: 'shop', reason, message: 'Refused' }]);
    },
  );

  it('tells a sender that asks first how to log in', async () => {
    const verification = { scheme: 'basic' };
    const receiver = await startReceiver({
      integrations: [{ name: 'shop', provider: 'webhooks', verification, secrets: ['user:password'] }],
    });
    const { status, headers } = await receiver.post('{}');
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Basic realm="webhooks", charset="UTF-8"');
    const authorization = `Basic ${Buffer.from('user:password').toString('base64')}`;
    expect((await receiver.post('{}', { authorization })).status).toBe(200);
  });

  it('checks the signature before it reads the JSON', async () => {
    const receiver = await startReceiver({ integrations: [nps] });
    expect((await receiver.post('no JSON', { [HEADER]: SIGNATURE })).status).toBe(401);
  });

  it('answers 404 to a wrong URL, signed or unsigned', async () => {
    const receiver = await startReceiver({ integrations: [nps] });
    const wrong = `/v1/shop/${'f'.repeat(64)}`;
    expect((await receiver.post(BODY, { [HEADER]: SIGNATURE }, wrong)).status).toBe(404);
  });

  it('refuses what was signed too long ago', async () => {
    const key = Buffer.alloc(32, 7);
    const secrets = [`whsec_${key.toString('base64')}`];
    const receiver = await startReceiver({ integrations: [{ name: 'shop', provider: 'webhooks', secrets }] });
    const post = (seconds: number) => {
      const signature = createHmac('sha256', key).update(`msg_1.${seconds}.{}`).digest('base64');
      return receiver.post('{}', {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(seconds),
        'webhook-signature': `v1,${signature}`,
      });
    };
    const now = Math.floor(Date.now() / 1000);
    const late = await post(now - 3600);
    expect(late.status).toBe(401);
    expect(JSON.parse(late.text).error).toBe('unauthorized');
    expect(receiver.logged.join()).toContain('signature_expired');
    expect((await post(now)).status).toBe(200);
  });

  it('recognises a retry by the id that is signed, whatever other headers say', async () => {
    const key = Buffer.alloc(32, 7);
    const secrets = [`whsec_${key.toString('base64')}`];
    const receiver = await startReceiver({ integrations: [{ name: 'shop', provider: 'webhooks', secrets }] });
    const seconds = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', key).update(`msg_1.${seconds}.{}`).digest('base64');
    const svix = {
      'svix-id': 'msg_1',
      'svix-timestamp': String(seconds),
      'svix-signature': `v1,${signature}`,
    };
    expect((await receiver.post('{}', svix)).text).toContain('"stored":1');
    expect((await receiver.post('{}', { ...svix, 'webhook-id': 'other' })).text).toContain('"duplicate":1');
    expect(await receiver.rows()).toHaveLength(1);
  });

  it('accepts what is signed with the URL that the sender called, not the one that the proxy calls', async () => {
    const receiver = await startReceiver({
      integrations: [{ name: 'shop', provider: 'hubspot', secrets: ['client-secret'] }],
      publicUrl: 'https://hooks.example.com',
    });
    const post = (origin: string) => {
      const text = `POST${origin}${receiver.path()}[{"eventId":1}]1700000000000`;
      return receiver.post('[{"eventId":1}]', {
        'x-hubspot-request-timestamp': '1700000000000',
        'x-hubspot-signature-v3': createHmac('sha256', 'client-secret').update(text).digest('base64'),
      });
    };
    expect((await post(`http://127.0.0.1:${receiver.port}`)).status).toBe(401);
    expect((await post('https://hooks.example.com')).text).toContain('"stored":1');
  });

  it.each([
    ['https://example.com/hooks/', 'https://example.com/hooks'],
    [undefined, 'http://127.0.0.1:'],
  ])(
    'shows a scheme the method, the headers and the URL that the sender called; public_url %s',
    async (publicUrl, base) => {
      const seen: string[] = [];
      const receiver = await startReceiver({
        publicUrl,
        verify(request) {
          seen.push(request.method, request.url, request.path, String(request.header('x-signature')));
          return 'signature_wrong';
        },
      });
      const path = `${receiver.path()}?shop=1`;
      expect((await receiver.post('{}', { 'x-signature': 'abc' }, path)).status).toBe(401);
      const origin = publicUrl === undefined ? `${base}${receiver.port}` : base;
      expect(seen).toEqual(['POST', `${origin}${path}`, path, 'abc']);
    },
  );
});
