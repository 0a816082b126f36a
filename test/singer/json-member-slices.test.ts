import { memberSlices, parseJson } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { jsonObjectText, mutate } from '../helpers/json-texts.js';
import { Seeded } from '../helpers/seeded.js';

test('memberSlices finds in a valid object what parseJson finds', () => {
  const random = new Seeded(42);
  for (let round = 0; round < 10_000; round += 1) {
    const text = jsonObjectText(random);
    const last = new Map(memberSlices(text).map(({ name, start, end }) => [name, text.slice(start, end)]));
    const members = parseJson(text).members ?? [];
    const expected = members.map(({ name, value }) => [name, text.slice(value.start, value.end)]);
    expect([...last], text).toEqual(expected);
  }
});

test('brackets and quotes inside strings count as text', () => {
  const text = '{"a":"}{][,:\\"\\\\","b\\"}":{"c":"\\\\\\""},"d":[1, {"e":"]"}] , "f" : 1.5e3 }';
  expect(memberSlices(text).map(({ name, start, end }) => [name, text.slice(start, end)])).toEqual([
    ['a', '"}{][,:\\"\\\\"'],
    ['b"}', '{"c":"\\\\\\""}'],
    ['d', '[1, {"e":"]"}]'],
    ['f', '1.5e3'],
  ]);
});

test('a name that occurs twice is listed twice', () => {
  expect(memberSlices('{"a":1,"a":2}').map(({ name }) => name)).toEqual(['a', 'a']);
});

test('a slice says where a name begins as it was written', () => {
  const text = '{ "\\u0061" : 1}';
  expect(memberSlices(text)).toEqual([{ name: 'a', nameStart: 2, start: 13, end: 14 }]);
});

test('memberSlices ends without throwing on any text', () => {
  const random = new Seeded(1);
  for (let round = 0; round < 20_000; round += 1) {
    const text = mutate(random, mutate(random, jsonObjectText(random)));
    expect(memberSlices(text).length).toBeLessThanOrEqual(text.length);
  }
  for (const text of ['', '{', '{"', '{"a', '{"a"', '{"a":', '{"a":[', '"', '{"\\x":1}', '{"\\u":1}']) {
    expect(memberSlices(text).length).toBeLessThanOrEqual(1);
  }
});

test('memberSlices takes time proportional to the text, even if it is full of quotes and backslashes', () => {
  const text = `{"a":"${'\\"'.repeat(500_000)}","b":"${'\\\\'.repeat(500_000)}"}`;
  expect(memberSlices(text).map(({ name }) => name)).toEqual(['a', 'b']);
});
