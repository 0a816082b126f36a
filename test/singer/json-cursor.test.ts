import { elementSlices, JsonCursor, nesting, parseJson } from '@tap-webhooks/singer';
import { describe, expect, test } from 'vitest';
import { jsonText, mutate } from '../helpers/json-texts.js';
import { Seeded } from '../helpers/seeded.js';

function cursorOn(text: string): JsonCursor {
  const cursor = new JsonCursor();
  cursor.open(text);
  return cursor;
}

describe('a skipped value', () => {
  test.each([
    ['true', 0],
    ['false', 0],
    ['null', 0],
    ['-1.5e+10', 0],
    ['"}]\\"\\\\"', 0],
    ['{}', 1],
    ['[ ]', 1],
    ['{"a":[1, {"b":"]}"}, null, true, false]}', 3],
    // RFC 8259 §13
    ['{"Image":{"Width":800,"Title":"View from 15th Floor","Animated":false,"IDs":[116,943,234,38793]}}', 3],
  ])('%s is passed as a whole and has %i levels', (text, levels) => {
    const cursor = cursorOn(`${text},1`);
    expect(cursor.skip()).toBe(levels);
    expect(cursor.at).toBe(text.length);
  });

  test('ends where parseJson says that it ends', () => {
    const random = new Seeded(7);
    for (let round = 0; round < 5_000; round += 1) {
      const text = jsonText(random);
      const cursor = cursorOn(text);
      const { start, end } = parseJson(text);
      cursor.space();
      expect(cursor.at, text).toBe(start);
      cursor.skip();
      expect(cursor.at, text).toBe(end);
    }
  });

  test('of 100,000 levels is passed without recursion', () => {
    expect(nesting(`${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`)).toBe(100_000);
  });

  test('is passed in time proportional to its length, even if it is full of quotes and backslashes', () => {
    const cursor = cursorOn(`["${'\\"'.repeat(500_000)}","${'\\\\'.repeat(500_000)}","x"]`);
    cursor.skip();
    expect(cursor.at).toBe(cursor.text.length);
  });
});

describe('a string', () => {
  test.each([
    ['""', '', false],
    ['"a"', 'a', false],
    ['"\\""', '"', true],
    ['"\\\\"', '\\', true],
    ['"\\\\\\""', '\\"', true],
    ['"\\/\\b\\f\\n\\r\\t"', '/\b\f\n\r\t', true],
    ['"\\uD834\\uDD1E"', '\u{1d11e}', true], // RFC 8259 §7: the G clef
    ['"\\ud800"', '\ud800', true],
    ['"\\x"', '\\x', true],
  ])('%s has its value', (text, value, isEscaped) => {
    expect(cursorOn(`${text}:1`).string()).toBe(value);
    expect(cursorOn(`${text}:1`).plainString()).toBe(isEscaped ? undefined : 1);
  });

  test('that has an escape does not make its neighbours escaped, whichever is read first', () => {
    const cursor = cursorOn('"a","b\\n","c"');
    const isEscapedAt = (at: number) => {
      cursor.at = at;
      return cursor.plainString() === undefined;
    };
    expect([0, 4, 10, 4, 0].map(isEscapedAt)).toEqual([false, true, false, true, false]);
  });

  test('is passed by plainString only when it has no escape', () => {
    const cursor = cursorOn('"\\n""a"');
    expect(cursor.plainString()).toBeUndefined();
    expect(cursor.at).toBe(0);
    cursor.skipString();
    expect(cursor.plainString()).toBe(5);
    expect(cursor.at).toBe(7);
  });
});

describe('a number', () => {
  test.each([
    ['0', 'whole'],
    ['-12', 'whole'],
    ['1.50', 'fraction'],
    ['1e5', 'exponent'],
    ['-0.5E-10', 'exponent'],
    ['1E+400', 'exponent'],
  ])('%s is of the form %s', (text, form) => {
    for (const rest of ['', ',', '}', ']', ' ', '\n']) {
      const cursor = cursorOn(text + rest);
      expect(cursor.number()).toBe(form);
      expect(cursor.at).toBe(text.length);
    }
  });

  test.each([
    ['0', 0],
    ['-0', 0],
    ['-1', -1],
    ['999999999999999', 999_999_999_999_999],
    ['9007199254740991', 9_007_199_254_740_991],
    ['-9007199254740991', -9_007_199_254_740_991],
  ])('%s is a safe integer', (text, value) => {
    const cursor = cursorOn(`${text}]`);
    expect(cursor.safeInteger()).toBe(value);
    expect(cursor.at).toBe(text.length);
  });

  test.each(['9007199254740992', '9007199254740993', '12345678901234567', '1.0', '1e3', '1E3', '-', '"1"'])(
    '%s is not a safe integer, and is not passed',
    (text) => {
      const cursor = cursorOn(text);
      expect(cursor.safeInteger()).toBeUndefined();
      expect(cursor.at).toBe(0);
    },
  );
});

test('punctuation is taken after white space, and nothing else is', () => {
  const cursor = cursorOn(' \t\r\n[ 1 ,"a":');
  expect(cursor.take('['.charCodeAt(0))).toBe(true);
  expect(cursor.take(','.charCodeAt(0))).toBe(false);
  expect(cursor.raw()).toBe('1');
  expect(cursor.take(','.charCodeAt(0))).toBe(true);
  expect(cursor.takeText('"b":')).toBe(false);
  expect(cursor.takeText('"a":')).toBe(true);
  expect(cursor.peek()).toBeNaN();
});

describe('the elements of an array', () => {
  const elements = (text: string, most?: number) =>
    elementSlices(text, most).map(({ start, end }) => text.slice(start, end));

  test.each([
    ['[]', []],
    [' [ ] ', []],
    ['[1]', ['1']],
    ['[ 1 , "a,]" , {"b":[2,3]} , [] ,null ]', ['1', '"a,]"', '{"b":[2,3]}', '[]', 'null']],
    // RFC 8259 §13, shortened
    ['[{"precision":"zip","Latitude":37.7668},{"precision":"zip"}]', undefined],
  ])('are found in %s', (text, expected) => {
    expect(elements(text)).toEqual(
      expected ?? ['{"precision":"zip","Latitude":37.7668}', '{"precision":"zip"}'],
    );
  });

  test('are those that parseJson lists', () => {
    const random = new Seeded(11);
    for (let round = 0; round < 5_000; round += 1) {
      const text = `[${jsonText(random)} , ${jsonText(random)}]`;
      const items = parseJson(text).items ?? [];
      expect(elements(text), text).toEqual(items.map(({ start, end }) => text.slice(start, end)));
    }
  });

  test('are only the first ones when there are more than the caller asks for', () => {
    expect(elements('[1,2,3,4]', 2)).toEqual(['1', '2']);
  });
});

test('on text that is not JSON nothing throws and everything ends', () => {
  const random = new Seeded(3);
  for (let round = 0; round < 20_000; round += 1) {
    const text = mutate(random, mutate(random, jsonText(random)));
    expect(elementSlices(text).length).toBeLessThanOrEqual(text.length + 1);
    expect(nesting(text)).toBeLessThanOrEqual(text.length);
    const cursor = cursorOn(text);
    for (let step = 0; cursor.at < text.length; step += 1) {
      expect(step).toBeLessThanOrEqual(text.length);
      cursor.raw();
    }
  }
});
