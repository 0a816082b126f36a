import { JsonError, nesting, parseJson, scanJson } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { jsonText, mutate } from '../helpers/json-texts.js';
import { Seeded } from '../helpers/seeded.js';

function problemOf(read: (text: string) => unknown, text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    throw error;
  }
}

test('scanJson accepts and refuses what parseJson does, at the same place, and finds the same values', () => {
  const random = new Seeded(20_261_130);
  for (let round = 0; round < 8_000; round += 1) {
    const valid = jsonText(random);
    const text = round % 4 === 0 ? valid : mutate(random, valid);
    const problem = problemOf(parseJson, text);
    expect(problemOf(scanJson, text), text).toBe(problem);
    if (problem !== undefined) continue;
    const { kind, start, end, items } = parseJson(text);
    const scanned = scanJson(text);
    expect(scanned, text).toMatchObject({ kind, start, end, levels: nesting(text) });
    expect(
      scanned.items?.map((item) => [item.kind, item.start, item.end]),
      text,
    ).toEqual(items?.map((item) => [item.kind, item.start, item.end]));
  }
});

test.each([
  ['1', 0, 1],
  [' {} ', 1, 1],
  ['{"a":[1,{"b":null}]}', 3, 5],
  ['[[],[[1]],2]', 3, 6],
  ['{"a":1,"a":2}', 1, 3],
])('%j has %i levels and %i values', (text, levels, values) => {
  expect(scanJson(text)).toMatchObject({ levels, values });
});

test('each item of an array at the top is measured by itself', () => {
  expect(scanJson(' [ 1, {"a":[[]]} ,"x"] ').items).toEqual([
    { kind: 'number', start: 3, end: 4, levels: 0, values: 1 },
    { kind: 'object', start: 6, end: 16, levels: 3, values: 3 },
    { kind: 'string', start: 18, end: 21, levels: 0, values: 1 },
  ]);
});

test('a longer array is checked to its end, and its first items are listed', () => {
  const { items, itemCount } = scanJson('[1,2,3,4]', 2);
  expect([items?.length, itemCount]).toEqual([2, 4]);
  expect(problemOf((text) => scanJson(text, 2), '[1,2,3,4')).toBe(
    'expected a comma or the end of the list at offset 8',
  );
});

test('a text of a million levels is checked without recursion', () => {
  const million = 1_000_000;
  const deep = `${'['.repeat(million)}${']'.repeat(million)}`;
  expect(scanJson(deep)).toMatchObject({ kind: 'array', levels: million, values: million, itemCount: 1 });
  expect(problemOf(scanJson, '['.repeat(million))).toBe('expected a value at offset 1000000');
  expect(problemOf(scanJson, `${'{"a":'.repeat(million)}1${'}'.repeat(million)}`)).toBeUndefined();
});
