import { describe, expect, it } from 'vitest';
import { calledUrl, readPath } from '../../../packages/tap-webhooks/dist/server/paths.js';
import { until } from '../../helpers/until.js';
import { payload, startReceiver } from './receiver.js';

const SHOP = { integration: 'shop', token: 'abc' };

describe('these are the same URL', () => {
  it.each([
    '/v1/shop/abc',
    '/v1/shop/abc/',
    '/v1/shop/abc///',
    '//v1/shop/abc',
    '/v1//shop//abc',
    '/v1/shop/abc?source=a/b',
    '/v1/shop/abc/?a=1',
    '/v1/shop/abc?',
    '/v1/shop/abc#top',
    '/v1/shop/abc%20',
    '/v1/shop/abc%0A',
    '/v1/shop/abc%0d%0a',
    '/v1/shop/abc%09%20/',
    '/v1/shop/abc/%20',
    '/v1/shop/abc%C2%A0',
    '/v1/shop/abc%E2%80%8B',
    '/v1/shop/abc%2F',
    '/v1/shop%2fabc',
    '/v1/sh%6Fp/%61bc',
    '/%76%31/shop/abc',
    'http://hooks.example.com/v1/shop/abc',
    'HTTPS://hooks.example.com:8443//v1/shop/abc/',
  ])('%s', (url) => {
    expect(readPath(url, '')).toEqual(SHOP);
  });

  it.each([
    '/in/v1/shop/abc',
    '/in//v1/shop/abc/',
    '//in/v1/shop/abc',
    '/v1/shop/abc',
    '/%69n/v1/shop/abc%20',
  ])('%s, when public_url has the path /in', (url) => {
    expect(readPath(url, '/in/')).toEqual(SHOP);
  });

  it('those with and without a longer path of public_url', () => {
    expect(readPath('/a/v1/v1/shop/abc', '/a/v1')).toEqual(SHOP);
    expect(readPath('/v1/shop/abc', '/a/v1')).toEqual(SHOP);
  });
});

describe('these are no URL of a webhook', () => {
  it.each([
    '/',
    '',
    '*',
    '/v1',
    '/v1/shop',
    '/v1/shop/',
    '/v1/shop/%20',
    '/v1/shop/abc/more',
    '/V1/shop/abc',
    '/v2/shop/abc',
    '/other/v1/shop/abc',
    '/v1/shop/%zz',
    '/v1/shop/%C3%28',
    'example.com:443',
  ])('%s', (url) => {
    expect(readPath(url, '/in')).toBeUndefined();
  });
});

describe('the URL that a sender called', () => {
  it.each([
    ['https://h.example', '/v1/shop/abc?a=1', 'https://h.example/v1/shop/abc?a=1'],
    ['https://h.example', 'http://10.0.0.1:8080/v1/shop/abc', 'https://h.example/v1/shop/abc'],
    ['https://h.example/in', '/v1/shop/abc', 'https://h.example/in/v1/shop/abc'],
    ['https://h.example/in', '/in/v1/shop/abc/', 'https://h.example/in/v1/shop/abc/'],
    ['https://h.example/in', '/inner/v1/shop/abc', 'https://h.example/in/inner/v1/shop/abc'],
  ])('at %s, received as %s, is %s', (publicUrl, received, called) => {
    expect(calledUrl(publicUrl, received)).toBe(called);
  });
});

it('a signature that covers the URL is checked against the URL that the sender called', async () => {
  const seen: string[] = [];
  const receiver = await startReceiver({
    publicUrl: 'https://h.example/in/',
    verify({ url }) {
      seen.push(url);
      return {};
    },
  });
  const path = `/v1/shop/${receiver.token()}?a=%20`;
  const called = `/in${path}`;
  for (const received of [path, called, `http://10.0.0.1:8080${path}`])
    expect((await receiver.post('{}', {}, received)).status).toBe(200);
  expect(seen).toEqual(Array(3).fill(`https://h.example${called}`));
});

describe('the receiver', () => {
  it('accepts webhooks at every spelling of their URL, and logs none', async () => {
    const receiver = await startReceiver({ publicUrl: 'https://hooks.example.com/in' });
    const path = `/v1/shop/${receiver.token()}`;
    const spellings = [
      path,
      `${path}/`,
      `/${path}`,
      `${path}%20`,
      `${path}%0A`,
      `/in${path}`,
      `/in${path}/?a=1`,
    ];
    for (const spelling of spellings)
      expect((await receiver.post('{"id":1}', {}, spelling)).status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual(spellings.map(() => ({ id: 1 })));
    expect((await receiver.send({ method: 'GET', path: `/in${path}/` })).status).toBe(405);
    expect((await receiver.post('{}', {}, `/other${path}`)).status).toBe(404);
    expect(receiver.logged.join()).not.toContain(receiver.token());
  });
});

describe('a live URL whose integration this receiver does not know', () => {
  it('is answered 503, and the log names the integration', async () => {
    const integrations = ['shop', 'later'].map((name) => ({ name, provider: 'webhooks' }));
    const receiver = await startReceiver({ integrations, unknown: ['later'] });
    const answer = await receiver.post('{"id":1}', {}, receiver.path('later'));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(answer.text)).toEqual({
      error: 'not_configured',
      message: 'This webhook is not configured at the moment; send it again.',
    });
    expect(receiver.logged.join()).toContain(
      '"integration":"later","status":503,"reason":"not_configured","count":1,"why":"the config that this receiver was started with has no such integration"',
    );
    await receiver.post('{"id":2}', {}, receiver.path('later'));
    expect(receiver.logged.filter((line) => line.includes('not_configured'))).toHaveLength(1);
  });

  it('is answered 404 once it is revoked', async () => {
    const integrations = ['shop', 'later'].map((name) => ({ name, provider: 'webhooks' }));
    const receiver = await startReceiver({ integrations, unknown: ['later'], limits: { tokenPollMs: 5 } });
    const [token] = await receiver.inbox.tokensOf('later');
    await receiver.inbox.revokeToken('later', token?.id ?? 0, Date.now());
    await until(
      async () => (await receiver.post('{}', {}, receiver.path('later'))).status === 404,
      'the 404',
    );
  });
});
