import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { Seeded } from '../../helpers/seeded.js';
import { chunkedPost, post, RawSender } from './raw.js';
import { startReceiver } from './receiver.js';

const LIMIT = 300;
const shop = { name: 'shop', provider: 'webhooks', body_limit_bytes: LIMIT };

/** Pieces of what senders send, good and bad. */
const PIECES: ReadonlyArray<(path: string) => string> = [
  (path) => post(path, '{"id":1}'),
  (path) => post(path, '[{"id":1},{"id":2}]'),
  (path) => post(`${path}/`, '{"id":1}', 'expect: 100-continue'),
  (path) => post(path, '{"id":1}', 'connection: close'),
  (path) => post(path, '{"id":1}').replace('HTTP/1.1', 'HTTP/1.0'),
  (path) => chunkedPost(path, ['{"id"', ':1}']),
  (path) => chunkedPost(path, ['{"id":1}'], 'x-trailer: y\r\n\r\n'),
  (path) => post(path, 'no JSON'),
  (path) => post(path, JSON.stringify('x'.repeat(LIMIT))),
  (path) => chunkedPost(path, [JSON.stringify('x'.repeat(LIMIT))]),
  () => post('/v1/shop/wrong', '{"id":1}'),
  () => chunkedPost('/', ['{"id":1}']),
  (path) => `GET ${path} HTTP/1.1\r\n\r\n`,
  (path) => `DELETE ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
  () => '\r\n',
  () => '\0',
  () => 'rubbish\r\n\r\n',
  () => 'CONNECT a:1 HTTP/1.1\r\n\r\n',
  (path) => post(path, '{"id":1}').slice(0, -3),
  (path) => chunkedPost(path, ['{"id":1}']).slice(0, -6),
  (path) => chunkedPost(path, ['{"id":1}']).replace('8\r\n', 'zz\r\n'),
];

/** Answers in an order of its own, as commits and large bodies do. */
function late(append: InboxWriter['append'], random: Seeded): InboxWriter['append'] {
  return async (delivery) => {
    const verdict = await append(delivery);
    for (let turns = random.below(4); turns > 0; turns -= 1) await turn();
    return verdict;
  };
}

it('whatever a sender sends and wherever it is cut, each stored delivery is answered 200, and no other', async () => {
  const random = new Seeded(20_261_130);
  const stored: Promise<unknown>[] = [];
  const receiver = await startReceiver({
    integrations: [shop],
    limits: { lingerMs: 2000 },
    decorate: (append) =>
      late((delivery) => {
        const verdict = append(delivery);
        stored.push(verdict);
        return verdict;
      }, random),
  });
  for (let round = 0; round < 300; round += 1) {
    const before = await takenOf(stored);
    const pieces = Array.from({ length: 1 + random.below(5) }, () => random.below(PIECES.length));
    const bytes = pieces.map((piece) => PIECES[piece]?.(receiver.path()) ?? '').join('');
    const sender = new RawSender(receiver.port);
    for (let from = 0; from < bytes.length; ) {
      const to = random.below(3) === 0 ? from + 1 + random.below(bytes.length - from) : bytes.length;
      await sender.write(bytes.slice(from, to));
      if (random.below(2) === 0) await turn();
      from = to;
    }
    sender.halfClose();
    const answers = await sender.answers();
    const accepted = answers.filter(({ status }) => status === 200).length;
    expect(accepted, `round ${round}: ${JSON.stringify(bytes)} ${answers.map(({ status }) => status)}`).toBe(
      (await takenOf(stored)) - before,
    );
    for (const { status, body } of answers.filter(({ status }) => status >= 400))
      expect(JSON.parse(body).error, String(status)).toMatch(/^[a-z_]+$/);
  }
});

async function takenOf(verdicts: readonly Promise<unknown>[]): Promise<number> {
  const all = (await Promise.all(verdicts)) as Array<{ kind: string }>;
  return all.filter(({ kind }) => kind === 'taken').length;
}
