import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { InboxUnavailable } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { until } from '../../helpers/until.js';
import { holding, startReceiver } from './receiver.js';

describe('503', () => {
  it('asks the sender to send again when the inbox cannot store', async () => {
    const receiver = await startReceiver({
      append: () => Promise.reject(new InboxUnavailable('the disk is full')),
    });
    const { status, headers, text } = await receiver.post('{"id":1}');
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(text)).toEqual({
      error: 'unavailable',
      message: 'The event cannot be stored at the moment; send it again.',
    });
    expect(receiver.logged.join()).toContain('the disk is full');
  });

  it('is the answer to a defect of ours too, never 4xx, and the log quotes nothing that was sent', async () => {
    const receiver = await startReceiver({
      append: () => {
        throw new SyntaxError('Unexpected token in {"card":"CANARY"}');
      },
    });
    expect((await receiver.post('{"card":"CANARY"}')).status).toBe(503);
    expect(receiver.logged.join()).toContain('SyntaxError');
    expect(receiver.logged.join()).not.toContain('CANARY');
  });

  it('is the answer while too many bytes are held, and only then', async () => {
    const { append, held } = holding();
    const receiver = await startReceiver({ limits: { bytesInFlight: 150 }, append });
    const body = JSON.stringify({ text: 'x'.repeat(80) });
    const first = receiver.post(body);
    await until(() => held.length === 1, 'the first to be held');
    const refused = await receiver.post(body);
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(refused.text).error).toBe('busy');
    held[0]?.();
    expect((await first).status).toBe(200);
    const third = receiver.post(body);
    await until(() => held.length === 2, 'the third to be held');
    held[1]?.();
    expect((await third).status).toBe(200);
  });
});

describe('a slow or broken sender', () => {
  it('is answered 408 when its body takes too long', async () => {
    const limits = { requestTimeoutMs: 300, headersTimeoutMs: 300, checkIntervalMs: 50 };
    const receiver = await startReceiver({ limits });
    const { sent, answer } = receiver.open({
      method: 'POST',
      path: receiver.path(),
      headers: { 'content-length': 100 },
    });
    sent.write('{"id":');
    const { status, text } = await answer;
    expect(status).toBe(408);
    expect(JSON.parse(text).error).toBe('timeout');
    expect(await receiver.rows()).toEqual([]);
  });

  it('is answered 408 when its headers take too long', async () => {
    const limits = { requestTimeoutMs: 300, headersTimeoutMs: 300, checkIntervalMs: 50 };
    const receiver = await startReceiver({ limits });
    expect(await talk(receiver.port, 'POST /v1/shop HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('is answered 400 when it does not send HTTP', async () => {
    const receiver = await startReceiver();
    const answer = await talk(receiver.port, 'hello\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('{"error":"not_http"');
  });

  it('is answered 431 when its headers are too large', async () => {
    const receiver = await startReceiver();
    const answer = await talk(
      receiver.port,
      `POST / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('is disconnected after a while when it goes on sending after a refusal', async () => {
    const shop = { name: 'shop', provider: 'webhooks', body_limit_bytes: 10 };
    const receiver = await startReceiver({ integrations: [shop], limits: { lingerMs: 200 } });
    const head = `POST ${receiver.path()} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n`;
    expect(await talk(receiver.port, `${head}{"id":`)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('leaves nothing in the inbox when it goes away before its body is complete', async () => {
    const receiver = await startReceiver({ limits: { bytesInFlight: 100 } });
    for (let round = 0; round < 5; round += 1) {
      const { sent, answer } = receiver.open({
        method: 'POST',
        path: receiver.path(),
        headers: { 'content-length': 90 },
      });
      await new Promise<void>((resolve) => sent.write('x'.repeat(50), () => resolve()));
      sent.destroy();
      await expect(answer).rejects.toThrow();
    }
    // If their bytes were still taken from the budget, there would be no room for this one.
    const body = JSON.stringify({ text: 'x'.repeat(70) });
    await until(async () => (await receiver.post(body)).status === 200, 'room for the next');
    expect(await receiver.rows()).toHaveLength(1);
  });
});

/** Sends raw text, and returns all that comes back until the connection ends. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {}); // "close" follows
    socket.on('close', () => resolve(answer));
  });
}
