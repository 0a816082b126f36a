import { lookup } from 'node:dns/promises';
import { Agent } from 'node:http';
import { loggerOf } from '@tap-webhooks/singer/log';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServer } from '../../../packages/tap-webhooks/dist/server/server.js';
import { until } from '../../helpers/until.js';
import { post, RawSender } from './raw.js';
import { holding, startReceiver } from './receiver.js';

describe('closing', () => {
  it('finishes open requests and ends their connections', async () => {
    const { append, held } = holding();
    const receiver = await startReceiver({ append });
    const agent = new Agent({ keepAlive: true });
    const begun = receiver.send({ method: 'POST', path: receiver.path(), agent }, '{"id":1}');
    await until(() => held.length === 1, 'the request to be held');
    const closed = receiver.server.close();
    await expect(receiver.post('{"id":2}')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    held[0]?.();
    expect(await begun).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await closed;
    agent.destroy();
  });

  it('does not wait for idle connections', async () => {
    const receiver = await startReceiver();
    const agent = new Agent({ keepAlive: true });
    await receiver.send({ method: 'POST', path: receiver.path(), agent }, '{"id":1}');
    await receiver.server.close();
    agent.destroy();
  });

  it('disconnects a sender that never ends', async () => {
    const receiver = await startReceiver({ limits: { closeMs: 200 } });
    const { sent, answer } = receiver.open({
      method: 'POST',
      path: receiver.path(),
      headers: { 'content-length': 100 },
    });
    await new Promise<void>((resolve) => sent.write('{', () => resolve()));
    await receiver.server.close();
    await expect(answer).rejects.toThrow();
  });
});

describe('listening', () => {
  it('on localhost accepts webhooks on each of its addresses', async () => {
    const first = await startReceiver();
    const server = createServer({ integrations: [], inbox: first.inbox, log: loggerOf(() => {}) });
    const { port } = await server.listen('localhost', 0);
    onTestFinished(() => server.close());
    for (const { address } of await lookup('localhost', { all: true })) {
      const host = address.includes(':') ? `[${address}]` : address;
      expect((await fetch(`http://${host}:${port}/`)).status, address).toBe(404);
    }
  });

  it('refuses connections beyond the limit, and logs that once', async () => {
    const receiver = await startReceiver({ limits: { connections: 1 } });
    const first = new RawSender(receiver.port);
    await first.write(post('/', '{}'));
    await first.first(1);
    expect(await new RawSender(receiver.port).answers()).toEqual([]);
    await until(() => receiver.logged.join().includes('since too many are open'), 'the line');
  });

  it('on a port in use fails with a sentence that says so', async () => {
    const first = await startReceiver();
    const log = loggerOf(() => {});
    const server = createServer({ integrations: [], inbox: first.inbox, log });
    await expect(server.listen('127.0.0.1', first.port)).rejects.toMatchObject({
      code: 'cannot_listen',
      exitCode: 1,
      message: `Cannot listen on 127.0.0.1:${first.port} (EADDRINUSE): another program uses that port, set another \`port\`.`,
    });
  });
});
