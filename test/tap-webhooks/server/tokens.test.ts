import { describe, expect, it } from 'vitest';
import { newToken, tokenDigest } from '../../../packages/tap-webhooks/dist/server/token-cache.js';
import { until } from '../../helpers/until.js';
import { startReceiver } from './receiver.js';

describe('URLs of a running receiver', () => {
  it('stop working within a second once they are revoked', async () => {
    const receiver = await startReceiver();
    expect((await receiver.post('{"id":1}')).status).toBe(200);
    const [token] = await receiver.inbox.liveTokens();
    await receiver.inbox.revokeToken('shop', token?.id ?? 0, Date.now());
    const revokedAt = performance.now();
    await until(async () => (await receiver.post('{"id":2}')).status === 404, 'the URL to be refused');
    expect(performance.now() - revokedAt).toBeLessThan(1000);
  });

  it('work within a second after they are created', async () => {
    const receiver = await startReceiver();
    const token = newToken();
    await receiver.inbox.addToken('shop', tokenDigest(token), Date.now());
    await until(
      async () => (await receiver.post('{"id":1}', {}, `/v1/shop/${token}`)).status === 200,
      'a 200',
    );
    expect((await receiver.post('{"id":2}')).status).toBe(200); // the first one still works
  });
});
