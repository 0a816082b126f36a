import { JsonError, type JsonNode, parseJson, stringValue } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { jsonText, mutate } from '../helpers/json-texts.js';
import { Seeded } from '../helpers/seeded.js';

const ROUNDS = 40_000;

test('parseJson accepts and refuses exactly what JSON.parse does, and reads the same values', () => {
  const random = new Seeded(20_251_124);
  let accepted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const valid = jsonText(random);
    const text = round % 4 === 0 ? valid : mutate(random, valid);
    const expected = outcome(() => JSON.parse(text));
    expect(
      outcome(() => valueAt(text, parseJson(text))),
      text,
    ).toEqual(expected);
    if (expected.accepted) accepted += 1;
  }
  expect(accepted).toBeGreaterThan(ROUNDS / 3); // mutation makes some texts invalid, and leaves others valid
  expect(accepted).toBeLessThan((ROUNDS * 2) / 3);
});

test.each([
  ['', 0],
  [' ', 1],
  ['\ufeff{}', 0],
  ['{"a":1,}', 7],
  ['[1,]', 3],
  ["{'a':1}", 1],
  ['{a:1}', 1],
  ['01', 1],
  ['1.', 1],
  ['.5', 0],
  ['+1', 0],
  ['NaN', 0],
  ['Infinity', 0],
  ['"\t"', 1],
  ['"\\x41"', 1],
  ['"\\u12"', 1],
  ['"abc', 4],
  ['{} {}', 3],
  ['nul', 0],
  ['[1 2]', 3],
])('parseJson refuses %j at offset %i', (text, offset) => {
  expect(errorOf(text)).toMatchObject({ name: 'JsonError', reason: 'syntax', offset });
});

test('the message never quotes the text', () => {
  expect(errorOf('{"password":"hunter2" hunter2')?.message).toBe(
    'expected a comma or the end of the list at offset 22',
  );
});

function errorOf(text: string): JsonError | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}

function outcome(parse: () => unknown): { accepted: boolean; value?: unknown } {
  try {
    return { accepted: true, value: parse() };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JsonError) return { accepted: false };
    throw error;
  }
}

/** Returns what `JSON.parse` would make of a tree. */
function valueAt(text: string, node: JsonNode): unknown {
  if (node.kind === 'string') return stringValue(text, node);
  if (node.items) return node.items.map((item) => valueAt(text, item));
  if (!node.members) return JSON.parse(text.slice(node.start, node.end));
  const value = {};
  for (const member of node.members) {
    const settings = { configurable: true, enumerable: true, writable: true };
    Object.defineProperty(value, member.name, { ...settings, value: valueAt(text, member.value) });
  }
  return value;
}
