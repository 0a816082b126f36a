import { type JsonNode, parseJson, stringValue } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';

const raw = (text: string, node: JsonNode | undefined) => node && text.slice(node.start, node.end);

test('a value is its place in the text, as it was written', () => {
  const text = ' {"big" : 12345678901234567890 , "long":0.100000000000000000000000000001,"exp":1e400}';
  const { members } = parseJson(text);
  expect(members?.map((member) => [member.name, raw(text, member.value)])).toEqual([
    ['big', '12345678901234567890'],
    ['long', '0.100000000000000000000000000001'],
    ['exp', '1e400'],
  ]);
});

test('a text may nest as deep as allowed and no deeper', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(parseJson(nested(100)).kind).toBe('array');
  expect(() => parseJson(nested(101))).toThrow(expect.objectContaining({ reason: 'depth', offset: 100 }));
  expect(parseJson(nested(3), { maxDepth: 3 }).kind).toBe('array');
  expect(() => parseJson('{"a":[{}]}', { maxDepth: 2 })).toThrow(
    expect.objectContaining({ reason: 'depth' }),
  );
});

test('brackets side by side do not count as depth', () => {
  expect(parseJson(`[${Array(500).fill('[[]]').join(',')}]`, { maxDepth: 3 }).items).toHaveLength(500);
});

test('a million opening brackets are refused by their depth, not by a stack overflow', () => {
  expect(() => parseJson('['.repeat(1_000_000))).toThrow(expect.objectContaining({ reason: 'depth' }));
});

test('the last value of a name that occurs twice counts, in the place of the first', () => {
  const text = '{"a":1,"b":2,"\\u0061":3}';
  const { members } = parseJson(text);
  expect(members?.map((member) => [member.name, raw(text, member.value)])).toEqual([
    ['a', '3'],
    ['b', '2'],
  ]);
});

test('duplicates are found among many members too', () => {
  const names = Array.from({ length: 40 }, (_, index) => `"n${index % 20}":${index}`);
  const text = `{${names.join(',')}}`;
  const { members } = parseJson(text);
  expect(members?.map((member) => raw(text, member.value))).toEqual(
    Array.from({ length: 20 }, (_, index) => String(index + 20)),
  );
});

test('__proto__ is a name like any other', () => {
  const text = '{"__proto__":{"admin":true},"constructor":1}';
  expect(parseJson(text).members?.map((member) => member.name)).toEqual(['__proto__', 'constructor']);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test('escapes in a name are decoded, and its raw form is kept', () => {
  const text = '{"caf\\u00e9 \\"x\\"":1}';
  const member = parseJson(text).members?.[0];
  expect(member?.name).toBe('café "x"');
  expect(text.slice(member?.nameStart, member?.nameEnd)).toBe('"caf\\u00e9 \\"x\\""');
});

test('different names of one character, each written as an escape, are told apart', () => {
  const names = (text: string) => parseJson(text).members?.map(({ name }) => name);
  const text = '{"\\\\":1,"\\"":2,"\\u0061":3,"\\ud800":4,"\\n":5,"\\/":6}';
  expect(names(text)).toEqual(['\\', '"', 'a', '\ud800', '\n', '/']);
  expect(names('{"\\\\":1}')).toEqual(['\\']);
  expect(names('{"\\ud800":1}')).toEqual(['\ud800']);
});

test('an escaped half of a surrogate pair is kept as it was sent', () => {
  const text = '["\\ud83d"]';
  const item = parseJson(text).items?.[0] as JsonNode;
  expect(raw(text, item)).toBe('"\\ud83d"');
  expect(stringValue(text, item)).toBe('\ud83d');
});
