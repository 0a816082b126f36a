import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompress, mayBeCompressed } from '../../../packages/tap-webhooks/dist/bodies/decompress.js';
import { ByteBudget } from '../../../packages/tap-webhooks/dist/server/body.js';

const BODY = '{"id":1,"text":"text text text text"}';
const LIMIT = 20_000_000;

/** Returns what became of a body: its text, or why it has none. Checks that the budget is even. */
async function undone(bytes: Uint8Array, encoding?: string, limit = LIMIT, budgetBytes = 100_000_000) {
  const budget = new ByteBudget(budgetBytes);
  const result = await decompress(bytes, encoding, limit, budget);
  if (result.kind === 'decompressed') budget.give(result.body.length);
  expect(budget.take(budgetBytes)).toBe(true);
  expect(budget.take(1)).toBe(false);
  if (result.kind === 'decompressed') return Buffer.from(result.body).toString();
  return 'why' in result ? result.why : result.kind;
}

describe('a compressed body', () => {
  it.each([
    ['gzip', gzipSync(BODY), 'gzip'],
    ['gzip in other letters', gzipSync(BODY), ' X-GZip '],
    ['gzip that nobody declared', gzipSync(BODY), undefined],
    ['gzip that is declared as something else', gzipSync(BODY), 'UTF-8'],
    ['gzip that is declared twice', gzipSync(BODY), 'gzip, gzip'],
    ['gzip beside identity', gzipSync(BODY), 'identity, gzip'],
    ['gzip in two members', Buffer.concat([gzipSync(BODY.slice(0, 9)), gzipSync(BODY.slice(9))]), 'gzip'],
    ['deflate', deflateSync(BODY), 'deflate'],
    ['deflate without its header', deflateRawSync(BODY), 'deflate'],
    ['br', brotliCompressSync(BODY), 'br'],
  ])('is decompressed: %s', async (_what, bytes, encoding) => {
    expect(mayBeCompressed(bytes, encoding)).toBe(true);
    expect(await undone(bytes, encoding)).toBe(BODY);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd', 'compress', 'gzip, br'])(
    'is plain when it is not compressed at all, whatever is declared: %s',
    async (encoding) => {
      expect(await undone(Buffer.from(BODY), encoding)).toBe('plain');
    },
  );

  it.each(['UTF-8', 'utf-8', '', 'none', '8bit', 'binary', 'json', 'application/json', 'identity, identity'])(
    'is not looked for when "%s" is declared',
    (encoding) => {
      expect(mayBeCompressed(Buffer.from(BODY), encoding)).toBe(false);
    },
  );

  it.each([
    ['gzip', gzipSync(BODY).subarray(0, -9), 'its gzip data is damaged or cut off'],
    ['gzip', gzipSync(BODY).fill(0xaa, 12, 20), 'its gzip data is damaged or cut off'],
    ['deflate', deflateSync(BODY).subarray(0, -5), 'its deflate data is damaged or cut off'],
    ['br', brotliCompressSync(BODY).subarray(0, -3), 'its br data is damaged or cut off'],
    ['gzip', gzipSync(gzipSync(BODY)), 'it is compressed more than once'],
    ['gzip, br', brotliCompressSync(gzipSync(BODY)), 'it is compressed more than once'],
    ['br, gzip', gzipSync(brotliCompressSync(BODY)), 'it is compressed more than once'],
    ['br', brotliCompressSync(gzipSync(BODY)), 'it is compressed more than once'],
    [
      'zstd',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]),
      'it is compressed with zstd: send gzip, deflate or br',
    ],
    ['compress', Buffer.from([0x1f, 0x9d, 0x90]), 'it is compressed with compress: send gzip, deflate or br'],
  ])('cannot be read: %s %#', async (encoding, bytes, why) => {
    expect(await undone(bytes, encoding)).toBe(why);
  });
});

describe('a bomb', () => {
  const zeros = Buffer.alloc(50_000_000, ' ');

  it.each([
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
  ])('is refused by its ratio: %s', async (encoding, bytes) => {
    expect(bytes.length).toBeLessThan(100_000);
    expect(await undone(bytes, encoding)).toBe('bomb');
  });

  it('inflates no further than the limit', async () => {
    const bytes = gzipSync(zeros);
    let taken = 0;
    const take = (size: number) => {
      taken += size;
      return true;
    };
    const result = await decompress(bytes, 'gzip', 20_000_000, { take, give: () => {} });
    expect(result).toEqual({ kind: 'bomb' });
    expect(taken).toBeLessThanOrEqual(100 * bytes.length);
  });

  it('is refused by the limit of the body, also where the ratio is usual', async () => {
    const text = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => ({ index, at: index * 7919 })));
    expect(await undone(gzipSync(text), 'gzip', text.length)).toBe(text);
    expect(await undone(gzipSync(text), 'gzip', text.length - 1)).toBe('too_large');
  });

  it('up to 1 MiB is no bomb', async () => {
    const text = `[${' '.repeat(1024 * 1024 - 2)}]`;
    expect(await undone(gzipSync(text), 'gzip')).toBe(text);
    expect(await undone(gzipSync(`${text} `), 'gzip')).toBe('bomb');
  });

  it('is answered busy when the memory for all bodies is used up', async () => {
    expect(await undone(gzipSync(BODY.repeat(100)), 'gzip', LIMIT, 1000)).toBe('busy');
  });
});
