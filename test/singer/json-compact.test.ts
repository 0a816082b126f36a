import { compact, parseJson } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { jsonText } from '../helpers/json-texts.js';
import { Seeded } from '../helpers/seeded.js';

const compacted = (text: string) => compact(text, parseJson(text));

test('compact removes white space outside strings and keeps everything else as it was written', () => {
  expect(compacted('{\n  "a b" : [ 1.50 , 1e400,\t"x \\u0061" ],\r\n  "n": 12345678901234567890 }\n')).toBe(
    '{"a b":[1.50,1e400,"x \\u0061"],"n":12345678901234567890}',
  );
});

test('compact turns a pretty-printed text into the text without white space', () => {
  const random = new Seeded(7);
  for (let round = 0; round < 2000; round += 1) {
    const value = JSON.parse(jsonText(random));
    expect(compacted(JSON.stringify(value, null, 2))).toBe(JSON.stringify(value));
  }
});

test('the compact text means the same as the original, with duplicates decided as JSON.parse does', () => {
  const random = new Seeded(8);
  for (let round = 0; round < 5000; round += 1) {
    const text = jsonText(random);
    expect(JSON.parse(compacted(text)), text).toEqual(JSON.parse(text));
  }
});

test('earlier values of a name that occurs twice are dropped, at every depth', () => {
  expect(compacted('{"a":{"b":1,"b":2},"c":[],"a":{"b":3,"b":[4, 5]}}')).toBe('{"a":{"b":[4,5]},"c":[]}');
});

test('compact can be given one value of a text', () => {
  const text = '{"rows": [ {"id": 1} , {"id": 2} ]}';
  const rows = parseJson(text).members?.[0]?.value.items ?? [];
  expect(rows.map((row) => compact(text, row))).toEqual(['{"id":1}', '{"id":2}']);
});
