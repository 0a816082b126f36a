import { expect, test } from 'vitest';
import { runMessages, schemaOf } from '../helpers/target-run.js';

async function carried(record: string): Promise<string> {
  const run = await runMessages([
    schemaOf('s', { properties: {} }, []),
    `{"type":"RECORD","stream":"s","record":${record}}`,
  ]);
  const text = run.loader.table('s').texts[0] as string;
  return text.slice(0, text.indexOf(',"_sdc_extracted_at"'));
}

test.each([
  ['integers past 2^53', '{"n":9007199254740993,"m":-12345678901234567890123'],
  ['long decimals', '{"n":0.1234567890123456789012345678,"m":1.10'],
  ['exponents', '{"n":1e400,"m":1E-7'],
  ['escapes', '{"s":"\\u006D\\/\\"\\\\\\n\\u0000"'],
  ['the line separator of Unicode', '{"s":"a\u2028b"'],
  ['characters beyond 16 bits, and half of one', '{"s":"😀\\ud83d"'],
  ['duplicate keys', '{"a":1,"a":2'],
  ['a key that objects inherit', '{"__proto__":{"polluted":true},"constructor":1'],
  ['an empty key', '{"":1'],
  ['nested data', '{"o":{"l":[{"_sdc_sequence":1},[]]}'],
])('%s are carried as they were sent', async (_, record) => {
  expect(await carried(`${record}}`)).toBe(record);
});

test('a record with a __proto__ pollutes nothing', async () => {
  await carried('{"__proto__":{"polluted":true}}');

  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('a large number passes the check', async () => {
  const run = await runMessages([
    schemaOf('s', { properties: { id: { type: 'integer' }, n: { type: 'integer', maximum: 10 } } }),
    '{"type":"RECORD","stream":"s","record":{"id":1,"n":9007199254740993}}',
  ]);

  expect(run.loader.table('s').texts[0]).toContain('"n":9007199254740993');
});

test('the state is printed as it was sent', async () => {
  const run = await runMessages([
    '{"type":"STATE","value":{"bookmarks":{"s":{"id":12345678901234567890, "d":1.10}}}}',
  ]);

  expect(run.states).toEqual(['{"bookmarks":{"s":{"id":12345678901234567890, "d":1.10}}}']);
});
