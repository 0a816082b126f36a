import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readLines } from '../../packages/target-core/dist/lines.js';

async function linesOf(chunks: ReadonlyArray<Buffer | string>, maxBytes = 1000) {
  const lines: Array<{ number: number; text: string; torn: boolean }> = [];
  const input = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  let failure: unknown;
  try {
    for await (const { first, texts, torn } of readLines(input, maxBytes)) {
      for (const [index, text] of texts.entries()) lines.push({ number: first + index, text, torn });
    }
  } catch (error) {
    failure = error;
  }
  return { texts: lines.map(({ text }) => text), lines, failure };
}

test('lines are found across chunks, and numbered from 1', async () => {
  const { lines } = await linesOf(['a\nb', 'b\nc', 'c', 'c\nd\n']);

  expect(lines).toEqual([
    { number: 1, text: 'a', torn: false },
    { number: 2, text: 'bb', torn: false },
    { number: 3, text: 'ccc', torn: false },
    { number: 4, text: 'd', torn: false },
  ]);
});

test('a last line without line end is a line, marked as torn', async () => {
  const { lines } = await linesOf(['a\n', 'b']);

  expect(lines.at(-1)).toEqual({ number: 2, text: 'b', torn: true });
});

test('empty lines are counted', async () => {
  const { lines } = await linesOf(['\n\na\n']);

  expect(lines.map(({ number, text }) => [number, text])).toEqual([
    [1, ''],
    [2, ''],
    [3, 'a'],
  ]);
});

test('no input has no lines', async () => {
  expect(await linesOf([])).toEqual({ texts: [], lines: [], failure: undefined });
});

test('Unicode line separators do not end a line', async () => {
  const { texts } = await linesOf(['a\u2028b\u2029c\u0085d\n']);

  expect(texts).toEqual(['a\u2028b\u2029c\u0085d']);
});

test('a character that is cut by every chunk border arrives whole', async () => {
  const bytes = Buffer.from('é€😀\n€\n');
  const { texts } = await linesOf(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)));

  expect(texts).toEqual(['é€😀', '€']);
});

test('bytes that are not UTF-8 fail with their line, after the lines before', async () => {
  const { texts, failure } = await linesOf([Buffer.from([0x61, 0x0a, 0x62, 0xff, 0x0a, 0x63, 0x0a])]);

  expect(texts).toEqual(['a']);
  expect(failure).toMatchObject({
    code: 'not_utf8',
    exitCode: 2,
    message: expect.stringContaining('Line 2 '),
  });
});

test.each([1, 2, 3])(
  'a last line torn after %i of the four bytes of a character is a torn line',
  async (bytes) => {
    const { lines, failure } = await linesOf([
      Buffer.concat([Buffer.from('a\n{"b":"'), Buffer.from('🙂').subarray(0, bytes)]),
    ]);

    expect(failure).toBeUndefined();
    expect(lines.at(-1)).toEqual({ number: 2, text: expect.stringMatching(/^\{"b":"\uFFFD+$/), torn: true });
  },
);

test('bytes that are not UTF-8 fail in a torn line, too', async () => {
  const { failure } = await linesOf([Buffer.from([0x61, 0x0a, 0xff, 0x62, 0xf0, 0x9f])]);

  expect(failure).toMatchObject({ code: 'not_utf8', message: expect.stringContaining('Line 2 ') });
});

test('a line of the greatest length is read, one byte more is not', async () => {
  const { texts, failure } = await linesOf(['12345\n123456\n'], 5);

  expect(texts).toEqual(['12345']);
  expect(failure).toMatchObject({
    code: 'line_too_long',
    exitCode: 2,
    message: expect.stringContaining('Line 2 '),
  });
});

test('the length is counted in bytes', async () => {
  expect((await linesOf(['€€\n'], 5)).failure).toMatchObject({ code: 'line_too_long' });
  expect((await linesOf(['€€\n'], 6)).texts).toEqual(['€€']);
});

test('a line without end is refused as soon as it is too long', async () => {
  let chunks = 0;
  async function* endless() {
    for (;;) {
      chunks += 1;
      yield Buffer.alloc(10, 'x');
    }
  }
  const read = async () => {
    for await (const _ of readLines(Readable.from(endless(), { highWaterMark: 1 }), 100));
  };

  await expect(read()).rejects.toMatchObject({ code: 'line_too_long' });
  expect(chunks).toBeLessThan(20);
});

test('a line of 60 MB in small chunks takes no more than a few passes over it', async () => {
  const part = Buffer.alloc(64 * 1024, 'x');
  const started = performance.now();
  const { texts } = await linesOf([...Array.from({ length: 960 }, () => part), '\n'], 64 * 1024 * 1024);

  expect(texts.map((text) => text.length)).toEqual([60 * 1024 * 1024]);
  expect(performance.now() - started).toBeLessThan(10_000);
});
