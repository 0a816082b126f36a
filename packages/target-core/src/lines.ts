import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import split2 from 'split2';
import { type InputLine, lineTooLong, notUtf8 } from './errors.js';

/** Consecutive lines, without their line ends. */
export interface Lines {
  /** Number of the first one, from 1. */
  readonly first: number;
  readonly texts: readonly string[];
  /**
   * True for a last line without a line end, which is what a writer that was killed leaves. If the line ends within a character,
   * U+FFFD replaces that character.
   */
  readonly torn: boolean;
}

const LINE_FEED = 0x0a;

/**
 * Yields UTF-8 lines, all lines of a chunk at once: a promise per line would cost more than splitting it. The next chunk is
 * read when the consumer asks for it, so a slow consumer slows the writer down.
 * @param maxBytes longest line, without its line end.
 * @param describe names a line for the text of an error.
 * @throws ToolkitError `line_too_long` or `not_utf8` (exit 2), after all lines before that one.
 */
export async function* readLines(
  input: Readable,
  maxBytes: number,
  describe: (line: number) => InputLine = (line) => line,
): AsyncGenerator<Lines> {
  const split = splitter();
  let first = 1;
  let tail: Buffer[] = [];
  let tailBytes = 0;

  for await (const chunk of input as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      const whole = join(tail, chunk.subarray(0, end));
      tail = [];
      tailBytes = 0;
      const bad = findBadLine(whole, maxBytes);
      const texts = await split(bad ? whole.subarray(0, bad.start) : whole);
      if (texts.length > 0) yield { first, texts, torn: false };
      first += texts.length;
      if (bad) throw bad.isTooLong ? lineTooLong(describe(first), maxBytes) : notUtf8(describe(first));
    }
    if (end < chunk.length) tail.push(chunk.subarray(end));
    tailBytes += chunk.length - end;
    if (tailBytes > maxBytes) throw lineTooLong(describe(first), maxBytes);
  }
  if (tailBytes === 0) return;
  const last = join(tail, Buffer.of(LINE_FEED));
  if (!isUtf8(last) && !isUtf8(withoutTornCharacter(last.subarray(0, -1)))) throw notUtf8(describe(first));
  yield { first, texts: await split(last), torn: true };
}

/** The bytes without an incomplete UTF-8 sequence (RFC 3629) at their end. */
function withoutTornCharacter(bytes: Buffer): Buffer {
  for (let length = 1; length <= 3; length += 1) {
    const byte = bytes.at(-length) ?? 0;
    const isContinuation = byte >= 0x80 && byte < 0xc0;
    if (isContinuation) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return length < needed ? bytes.subarray(0, -length) : bytes;
  }
  return bytes;
}

function join(tail: readonly Buffer[], end: Buffer): Buffer {
  return tail.length === 0 ? end : Buffer.concat([...tail, end]);
}

/**
 * Splits bytes that end with a line end. split2 searches an unfinished line again with every chunk, which is quadratic for a
 * long line, so it gets whole lines only; that keeps UTF-8 sequences whole, too.
 */
function splitter(): (bytes: Buffer) => Promise<string[]> {
  let texts: string[] = [];
  const stream = split2('\n', (line: string) => {
    texts.push(line);
  });
  return async (bytes) => {
    await new Promise<void>((resolve) => stream.write(bytes, () => resolve()));
    const split = texts;
    texts = [];
    return split;
  };
}

/** The first line that is too long or not UTF-8. Single lines are examined only when there must be such a line. */
function findBadLine(bytes: Buffer, maxBytes: number): { start: number; isTooLong: boolean } | undefined {
  const isValid = isUtf8(bytes);
  if (isValid && bytes.length <= maxBytes) return undefined;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end - start > maxBytes) return { start, isTooLong: true };
    if (!isValid && !isUtf8(bytes.subarray(start, end))) return { start, isTooLong: false };
    start = end + 1;
  }
  return undefined;
}
