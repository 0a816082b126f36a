import { describe, expect, it } from 'vitest';
import { until } from '../../helpers/until.js';
import { chunkedPost, post, RawSender } from './raw.js';
import { holding, payload, startReceiver } from './receiver.js';

const STORED = '{"status":"ok","stored":1,"duplicate":0,"filtered":0,"quarantined":0}';
const NOT_HTTP = '{"error":"not_http","message":"This is not a complete HTTP request."}';

/** Sends bytes in one piece, and returns what is answered until the receiver closes the connection. */
async function exchange(bytes: (path: string) => string, { halfClose = false } = {}) {
  const receiver = await startReceiver();
  const sender = new RawSender(receiver.port);
  await sender.write(bytes(receiver.path()));
  if (halfClose) sender.halfClose();
  const answers = await sender.answers();
  const rows = (await receiver.rows()).map(payload);
  return { answers, rows, logged: receiver.logged.join('\n') };
}

const STRAY: ReadonlyArray<readonly [what: string, bytes: string]> = [
  ['a NUL', '\0'],
  ['a space', ' '],
  ['a bracket', '}'],
  ['the end of a chunked body', '0\r\n\r\n'],
  ['words', 'hello\r\n\r\n'],
  ['a request line of another protocol', 'PRI * HTTP/9.9\r\n\r\n'],
  ['a request whose header is broken', 'POST / HTTP/1.1\r\nhost x\r\n\r\n'],
  ['16 KB and more of headers', `POST / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['a megabyte', '}'.repeat(1_000_000)],
];

describe('a complete request is answered, and then the connection ends,', () => {
  it('when the sender closes its side right after it', async () => {
    const { answers, rows } = await exchange((path) => post(path, '{"id":1}'), { halfClose: true });
    expect(answers).toMatchObject([{ status: 200, body: STORED }]);
    expect(rows).toEqual([{ id: 1 }]);
  });

  it('and the answer says so, when the sender closed its side while its event was being synced', async () => {
    const { append, held } = holding();
    const receiver = await startReceiver({ append });
    const sender = new RawSender(receiver.port);
    await sender.write(post(receiver.path(), '{"id":1}'));
    await until(() => held.length === 1, 'the event to be held');
    sender.halfClose();
    // A request on another connection is answered after the receiver has read the end of this one.
    expect((await receiver.post('{}', {}, '/')).status).toBe(404);
    held[0]?.();
    const answers = await sender.answers();
    expect(answers).toMatchObject([{ status: 200, body: STORED }]);
    expect(answers[0]?.head).toContain('\r\nconnection: close');
  });

  it('when the sender closes its side after a body in chunks', async () => {
    const { answers, rows } = await exchange((path) => chunkedPost(path, ['{"id"', ':1}']), {
      halfClose: true,
    });
    expect(answers).toMatchObject([{ status: 200 }]);
    expect(rows).toEqual([{ id: 1 }]);
  });

  it.each(STRAY)('when %s follows in the same segment', async (_what, stray) => {
    const { answers, rows, logged } = await exchange((path) => post(path, '{"id":1}') + stray);
    expect(answers).toMatchObject([{ status: 200, body: STORED }]);
    expect(answers[0]?.head).toContain('\r\nconnection: close');
    expect(rows).toEqual([{ id: 1 }]);
    expect(logged).not.toContain('Refused');
  });

  it.each(STRAY)('when %s follows while its event is being synced', async (_what, stray) => {
    const { append, held } = holding();
    const receiver = await startReceiver({ append });
    const sender = new RawSender(receiver.port);
    await sender.write(post(receiver.path(), '{"id":1}'));
    await until(() => held.length === 1, 'the event to be held');
    await sender.write(stray);
    sender.halfClose();
    // A request on another connection is answered after the receiver has read what came on this one.
    expect((await receiver.post('{}', {}, '/')).status).toBe(404);
    held[0]?.();
    expect(await sender.answers()).toMatchObject([{ status: 200, body: STORED }]);
  });

  it('without a reset, when the sender goes on sending rubbish', async () => {
    const { append, held } = holding();
    const receiver = await startReceiver({ append });
    const sender = new RawSender(receiver.port);
    await sender.write(`${post(receiver.path(), '{"id":1}')}}`);
    await until(() => held.length === 1, 'the event to be held');
    const rest = sender.write('}'.repeat(20_000_000)); // more than the system holds between two programs
    held[0]?.();
    await rest;
    expect(await sender.answers()).toMatchObject([{ status: 200, body: STORED }]);
    expect(sender.failure).toBeUndefined();
  });

  it('and cut off after a while, when the sender never ends', async () => {
    const receiver = await startReceiver({ limits: { lingerMs: 50 } });
    const sender = new RawSender(receiver.port);
    sender.neverEnd();
    await sender.write(`${post(receiver.path(), '{"id":1}')}}`);
    expect(await sender.answers()).toMatchObject([{ status: 200, body: STORED }]);
  });

  it('with what is wrong with its body when its length was counted in characters', async () => {
    const { answers, rows } = await exchange((path) =>
      post(path, '{"text":"grün"}').replace('content-length: 16', 'content-length: 15'),
    );
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect(JSON.parse(answers[0]?.body ?? '').error).toBe('not_json');
    expect(rows).toEqual([]);
  });

  it('when rubbish follows the last chunk', async () => {
    const { answers, rows } = await exchange((path) => `${chunkedPost(path, ['{"id":1}'])}}}rubbish`);
    expect(answers).toMatchObject([{ status: 200 }]);
    expect(rows).toEqual([{ id: 1 }]);
  });

  it.each(['HTTP/1.0', 'HTTP/1.1\r\nconnection: close'])(
    'when stray bytes follow a request of %s',
    async (version) => {
      const { answers, rows } = await exchange(
        (path) => `POST ${path} ${version}\r\ncontent-length: 8\r\n\r\n{"id":1}}`,
      );
      expect(answers).toMatchObject([{ status: 200, body: STORED }]);
      expect(rows).toEqual([{ id: 1 }]);
    },
  );

  it('each of several, when rubbish follows them', async () => {
    const { answers, rows } = await exchange(
      (path) => `${post(path, '{"id":1}')}${post(path, '{"id":2}')}rubbish\r\n\r\n`,
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.head).not.toContain('connection: close');
    expect(answers[1]?.head).toContain('connection: close');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

describe('the connection stays open', () => {
  it.each([
    ['a line feed', '\n'],
    ['an empty line', '\r\n'],
  ])('when %s follows a body, as old senders do', async (_what, stray) => {
    const receiver = await startReceiver();
    const sender = new RawSender(receiver.port);
    await sender.write(post(receiver.path(), '{"id":1}') + stray);
    await sender.first(1);
    await sender.write(post(receiver.path(), '{"id":2}'));
    expect((await sender.first(2)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('for requests that are sent without waiting, which are answered in their order', async () => {
    const receiver = await startReceiver();
    const sender = new RawSender(receiver.port);
    const path = receiver.path();
    const wrong = `/v1/shop/${'f'.repeat(64)}`;
    await sender.write(
      post(path, '{"id":1}') +
        post(path, '{') +
        post(wrong, '{}') +
        chunkedPost(path, ['{"id":2}']) +
        post(path, '[]'),
    );
    expect((await sender.first(5)).map(({ status }) => status)).toEqual([200, 400, 404, 200, 200]);
    expect((await receiver.rows()).map(payload)).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

describe('a request that is not complete is refused and stored nowhere,', () => {
  it('when the sender closes its side in the middle of the body', async () => {
    const { answers, rows, logged } = await exchange((path) => post(path, '{"id":1}').slice(0, -1), {
      halfClose: true,
    });
    expect(answers).toMatchObject([{ status: 400, body: NOT_HTTP }]);
    expect(answers[0]?.head).toContain('connection: close');
    expect(rows).toEqual([]);
    expect(logged).toContain('"integration":"shop","status":400,"reason":"not_http"');
  });

  it('when it has no end of its chunks', async () => {
    const { answers, rows } = await exchange((path) => chunkedPost(path, ['{"id":1}']).slice(0, -7), {
      halfClose: true,
    });
    expect(answers).toMatchObject([{ status: 400, body: NOT_HTTP }]);
    expect(rows).toEqual([]);
  });

  it.each([
    [
      'a chunk has another length than it says',
      'transfer-encoding: chunked\r\n\r\n3\r\n{"id":1}\r\n0\r\n\r\n',
    ],
    ['a chunk has no length', 'transfer-encoding: chunked\r\n\r\nx\r\n{"id":1}\r\n0\r\n\r\n'],
    ['a trailer is broken', 'transfer-encoding: chunked\r\n\r\n8\r\n{"id":1}\r\n0\r\nbro ken\r\n\r\n'],
    ['it has two lengths', 'content-length: 8\r\ncontent-length: 9\r\n\r\n{"id":1}'],
    ['it has the same length twice', 'content-length: 8\r\ncontent-length: 8\r\n\r\n{"id":1}'],
    ['its length is no number', 'content-length: 8x\r\n\r\n{"id":1}'],
    [
      'it has chunks and a length',
      'content-length: 8\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"id":1}\r\n0\r\n\r\n',
    ],
    ['a header is folded', 'x: a\r\n b\r\ncontent-length: 8\r\n\r\n{"id":1}'],
  ])('when %s', async (_why, rest) => {
    const { answers, rows, logged } = await exchange((path) => `POST ${path} HTTP/1.1\r\nhost: x\r\n${rest}`);
    expect(answers).toMatchObject([{ status: 400, body: NOT_HTTP }]);
    expect(rows).toEqual([]);
    expect(logged).toContain('"reason":"not_http"');
  });

  it('after the requests before it were answered', async () => {
    const { append, held } = holding();
    const receiver = await startReceiver({ append });
    const sender = new RawSender(receiver.port);
    const path = receiver.path();
    await sender.write(`${post(path, '{"id":1}')}${chunkedPost(path, ['{']).slice(0, -5)}rubbish`);
    await until(() => held.length === 1, 'the event to be held');
    held[0]?.();
    expect(await sender.answers()).toMatchObject([{ status: 200 }, { status: 400, body: NOT_HTTP }]);
    expect(held).toHaveLength(1);
  });

  it('and gets no second answer when it was refused before its body came', async () => {
    const { answers } = await exchange(() => post('/v1/shop/none', '{"id":1}').slice(0, -1), {
      halfClose: true,
    });
    expect(answers.map(({ status }) => status)).toEqual([404]);
  });
});

describe('after an answer that closes the connection', () => {
  it('a further request is not processed, since it could not be answered', async () => {
    const shop = { name: 'shop', provider: 'webhooks', body_limit_bytes: 10 };
    const receiver = await startReceiver({ integrations: [shop] });
    const sender = new RawSender(receiver.port);
    await sender.write(post(receiver.path(), JSON.stringify('x'.repeat(1000))).slice(0, -500));
    await sender.first(1);
    await sender.write('x'.repeat(500) + post(receiver.path(), '{"id":2}'));
    expect((await sender.answers()).map(({ status }) => status)).toEqual([413]);
    expect(await receiver.rows()).toEqual([]);
  });

  it('all requests that had begun when the server closes were answered', async () => {
    const { append, held } = holding();
    const receiver = await startReceiver({ append });
    const sender = new RawSender(receiver.port);
    await sender.write(post(receiver.path(), '{"id":1}') + post(receiver.path(), '{"id":2}'));
    await until(() => held.length === 2, 'both events to be held');
    const closed = receiver.server.close();
    held[0]?.();
    await sender.first(1);
    held[1]?.();
    const answers = await sender.answers();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]?.head).toContain('connection: close');
    await closed;
  });
});

describe('every answer that Node would give by itself is one of ours', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'not_http'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'not_http'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'not_http'],
    ['another version of HTTP', 'POST / HTTP/3.7\r\nhost: x\r\n\r\n', 505, 'http_version'],
    [
      'headers that are too large',
      `POST / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n', 405, 'method_not_allowed'],
  ])('to %s', async (_what, bytes, status, error) => {
    const { answers, logged } = await exchange(() => bytes);
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    expect(JSON.parse(answers[0]?.body ?? '').error).toBe(error);
    expect(answers[0]?.head).toContain('content-type: application/json; charset=utf-8');
    expect(answers[0]?.head).toContain('referrer-policy: no-referrer');
    expect(logged).toContain(`"status":${status},"reason":"${error}"`);
  });

  it('to extensions of chunks that are too large', async () => {
    const { answers, rows } = await exchange((path) =>
      chunkedPost(path, ['{"id":1}']).replace('8\r\n', `8;x=${'y'.repeat(20_000)}\r\n`),
    );
    expect(answers).toMatchObject([{ status: 413 }]);
    expect(JSON.parse(answers[0]?.body ?? '').error).toBe('chunk_extensions_too_large');
    expect(rows).toEqual([]);
  });

  it('and a connection on which nothing was sent is closed without a word', async () => {
    const limits = { requestTimeoutMs: 200, headersTimeoutMs: 200, checkIntervalMs: 20 };
    const receiver = await startReceiver({ limits });
    expect(await new RawSender(receiver.port).answers()).toEqual([]);
    expect(receiver.logged.join()).not.toContain('Refused');
  });

  it('to a second request that takes too long, after the first one was answered', async () => {
    const limits = { requestTimeoutMs: 200, headersTimeoutMs: 200, checkIntervalMs: 20 };
    const receiver = await startReceiver({ limits });
    const sender = new RawSender(receiver.port);
    await sender.write(post(receiver.path(), '{"id":1}') + post(receiver.path(), '{"id":2}').slice(0, -1));
    expect((await sender.answers()).map(({ status }) => status)).toEqual([200, 408]);
    expect((await receiver.rows()).map(payload)).toEqual([{ id: 1 }]);
  });
});

describe('good bytes are accepted', () => {
  it.each([
    ['expect: ', 'an empty expectation'],
    ['expect: 200-ok', 'an unknown expectation'],
    ['expect: 100-continue, other', 'an expectation among others'],
    ['upgrade: h2c\r\nconnection: upgrade', 'an offer of HTTP/2'],
    ['host: a\r\nhost: b', 'several hosts'],
    ['content-encoding: UTF-8', 'a charset as encoding'],
    ['content-encoding: ', 'an empty encoding'],
    ['content-encoding: none', 'the encoding "none"'],
    ['content-encoding: identity\r\ncontent-encoding: identity', 'the encoding "identity" twice'],
    ['content-encoding: application/json', 'a type as encoding'],
    ['content-encoding: gzip', 'an encoding that it does not have'],
  ])('with the header lines %j (%s)', async (lines) => {
    const receiver = await startReceiver();
    const sender = new RawSender(receiver.port);
    await sender.write(post(receiver.path(), '{"id":1}', lines));
    const answers = (await sender.first(1)).filter(({ status }) => status !== 100);
    expect((await sender.first(answers.length === 0 ? 2 : 1)).at(-1)).toMatchObject({
      status: 200,
      body: STORED,
    });
    expect((await receiver.rows()).map(payload)).toEqual([{ id: 1 }]);
  });

  it.each([
    ['without a host', (path: string) => post(path, '{"id":1}').replace('host: x\r\n', '')],
    ['in HTTP/1.0', (path: string) => post(path, '{"id":1}').replace('HTTP/1.1\r\nhost: x', 'HTTP/1.0')],
    ['with a trailer', (path: string) => chunkedPost(path, ['{"id":1}'], 'x-digest: abc\r\n\r\n')],
    ['one byte per chunk', (path: string) => chunkedPost(path, [...'{"id":1}'])],
    [
      'with an extension of a chunk',
      (path: string) => chunkedPost(path, ['{"id":1}']).replace('8\r\n', '8;a=b\r\n'),
    ],
    ['after an empty line', (path: string) => `\r\n${post(path, '{"id":1}')}`],
    ['for a URL with scheme and host', (path: string) => post(`http://hooks.example.com${path}`, '{"id":1}')],
    [
      'for a URL with scheme and host in capitals',
      (path: string) => post(`HTTPS://H.EXAMPLE.COM:443/${path}`, '{"id":1}'),
    ],
  ])('%s', async (_how, bytes) => {
    const receiver = await startReceiver();
    const sender = new RawSender(receiver.port);
    await sender.write(bytes(receiver.path()));
    expect(await sender.first(1)).toMatchObject([{ status: 200, body: STORED }]);
    expect((await receiver.rows()).map(payload)).toEqual([{ id: 1 }]);
  });

  it('in HTTP/1.0 with an expectation, to which "100 Continue" is no answer', async () => {
    const { answers } = await exchange((path) =>
      post(path, '{"id":1}', 'expect: 100-continue').replace('HTTP/1.1', 'HTTP/1.0'),
    );
    expect(answers.map(({ status }) => status)).toEqual([200]);
  });

  it('byte by byte after "100 Continue"', async () => {
    const receiver = await startReceiver();
    const sender = new RawSender(receiver.port);
    const whole = post(receiver.path(), '{"id":1}', 'Expect: 100-Continue');
    await sender.write(whole.slice(0, -8));
    expect(await sender.first(1)).toMatchObject([{ status: 100 }]);
    for (const byte of '{"id":1}') await sender.write(byte);
    expect((await sender.first(2)).map(({ status }) => status)).toEqual([100, 200]);
  });
});
