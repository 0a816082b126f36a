import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Seeded } from '../../helpers/seeded.js';
import { startReceiver } from '../../tap-webhooks/server/receiver.js';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzz.js';

const WORDS = [
  ...['\r\n', '\n', '\r\n\r\n', ' ', '\t', ':', ';', '\u0000', 'POST ', 'GET ', ' HTTP/1.1', ' HTTP/1.0'],
  ...['Content-Length: 8\r\n', 'Content-Length: 0\r\n', 'Content-Length: -1\r\n', 'Content-Length: 8, 8\r\n'],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip, chunked\r\n', 'Expect: 100-continue\r\n'],
  ...['Content-Encoding: gzip\r\n', 'Content-Type: text/plain\r\n', 'Connection: close\r\n', 'Host: x\r\n'],
  ...['0\r\n\r\n', '8\r\n', 'ffffffffffffffff\r\n', '-1\r\n', '{"id":1}', '[1]', '{', 'x'.repeat(2000)],
];
/** What the README documents. */
const STATUSES = new Set([100, 200, 400, 401, 404, 405, 408, 413, 415, 431, 503, 505]);

test(
  'whatever bytes come, each answer is documented, what was answered 200 is a row, and a fresh webhook is taken',
  async () => {
    const receiver = await startReceiver();
    let stored = 0;
    let most = 0;
    await fuzz({
      corpus: 'http',
      words: WORDS,
      rounds: 250,
      check: async (input, random) => {
        const bytes = Buffer.from(input.toString('latin1').replaceAll('{PATH}', receiver.path()), 'latin1');
        const answer = await exchange(receiver.port, bytes, random);
        for (const status of statusesIn(answer)) expect(STATUSES).toContain(status);
        expect(answer).not.toContain(receiver.token());
        stored += storedIn(answer);
        most += Math.max(countOf('POST', bytes), countOf('{', bytes)); // NDJSON is a row per line
      },
    });
    expect((await receiver.post('{"id":"fresh"}')).status).toBe(200);
    const rows = await receiver.rows();
    expect(rows.length).toBeGreaterThan(stored);
    expect(rows.length).toBeLessThanOrEqual(most + 1);
  },
  FUZZ_TIMEOUT_MS,
);

/** Sends bytes in pieces, ends the sending side, and returns everything that comes until the connection is closed. */
async function exchange(port: number, bytes: Buffer, random: Seeded): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => {}); // a connection that is closed while bytes are still sent
  const closed = new Promise((resolve) => socket.on('close', resolve));
  const cut = random.below(bytes.length + 1);
  socket.write(bytes.subarray(0, cut));
  socket.end(bytes.subarray(cut));
  await closed;
  return answer;
}

/** Returns the statuses of all answers. Answers repeat nothing that was sent, so no body has a status line. */
function statusesIn(answer: string): number[] {
  if (answer !== '' && !answer.startsWith('HTTP/1.1 ')) throw new Error('what came is not HTTP');
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

function storedIn(answer: string): number {
  return [...answer.matchAll(/"stored":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function countOf(word: string, bytes: Buffer): number {
  return bytes.toString('latin1').split(word).length - 1;
}
