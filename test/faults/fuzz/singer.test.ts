import { Readable } from 'node:stream';
import { type Message, parseMessage, ToolkitError } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { readLines } from '../../../packages/target-core/dist/lines.js';
import type { Seeded } from '../../helpers/seeded.js';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzz.js';

const WORDS = [
  ...['{"type":"RECORD","stream":"u","record":{', '"type":', '"RECORD"', '"record"', '"STATE"', '"SCHEMA"'],
  ...['"BATCH"', '"ACTIVATE_VERSION"', '"value":', '"schema":', '"key_properties":', '"time_extracted":'],
  ...['"version":', '"stream":', 'null', '1', '9007199254740993', '""', '{}', '[]', ',', ':', '}', '{', '\n'],
  ...['\\u0072ecord', '\ufeff', '\r', '\u0000', '\\"'],
];
const MAX_BYTES = 300;

test(
  'parseMessage reads a line as JSON.parse does, or says in one sentence with exit code 2 why it cannot',
  () =>
    fuzz({
      corpus: 'singer',
      words: WORDS,
      rounds: 3000,
      check: (input) => {
        for (const line of input.toString('utf8').split('\n')) checkMessage(line);
      },
    }),
  FUZZ_TIMEOUT_MS,
);

test(
  'readLines gives the same lines however the input is cut into chunks, or refuses the input with exit code 2',
  () =>
    fuzz({
      corpus: 'singer',
      words: WORDS,
      rounds: 700,
      check: async (input, random) => {
        const whole = await linesOf([input]);
        expect(await linesOf(chunksOf(input, random))).toEqual(whole);
        if (whole.error === undefined) expect(whole.lines).toEqual(linesIn(input));
      },
    }),
  FUZZ_TIMEOUT_MS,
);

function checkMessage(line: string): void {
  const message = messageOf(line);
  if (message === undefined) return;
  const value = JSON.parse(line) as { [name: string]: unknown };
  if (message.type === 'UNKNOWN') return;
  expect(String(value.type).toUpperCase()).toBe(message.type);
  if (message.type === 'RECORD') {
    expect(message.record).toEqual(value.record);
    expect(JSON.parse(message.recordText)).toEqual(value.record);
  }
  if (message.type === 'STATE') expect(JSON.parse(message.valueText)).toEqual(value.value);
  if (message.type !== 'STATE') expect(message.stream).toBe(value.stream);
}

/** @returns undefined when the line is refused. */
function messageOf(line: string): Message | undefined {
  try {
    return parseMessage(line, 1);
  } catch (cause) {
    expectRefusal(cause);
    return undefined;
  }
}

function expectRefusal(cause: unknown): void {
  expect(cause).toBeInstanceOf(ToolkitError);
  expect((cause as ToolkitError).exitCode).toBe(2);
}

async function linesOf(chunks: readonly Buffer[]): Promise<{ lines: string[]; error?: string }> {
  const lines: string[] = [];
  try {
    for await (const { texts } of readLines(Readable.from(chunks), MAX_BYTES)) lines.push(...texts);
    return { lines };
  } catch (cause) {
    expectRefusal(cause);
    return { lines, error: (cause as ToolkitError).code };
  }
}

/** Returns the lines of valid UTF-8 text, or of text whose last character is cut. */
function linesIn(input: Buffer): string[] {
  const lines = input.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function chunksOf(input: Buffer, random: Seeded): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const length = 1 + random.below(20);
    chunks.push(input.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
