import { parseMessage } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';

function recordText(line: string): string {
  const message = parseMessage(line, 1);
  if (message.type !== 'RECORD') throw new Error('not a RECORD');
  return message.recordText;
}

test('a record is carried digit for digit and escape for escape', () => {
  const record =
    '{"big":12345678901234567890,"long":3.14159265358979323846264338327950288,"exp":1E400,"zero":-0.0,' +
    '"text":"\\u0061\\/\\ud83d","list":[ 1.50 , 2 ]}';
  expect(recordText(`{"type":"RECORD","stream":"u","record":${record},"version":1}`)).toBe(record);
});

test('white space around the record is not part of it', () => {
  expect(recordText('{"type":"RECORD","stream":"u","record" :\t{ "a": 1 } , "version":1}\r')).toBe(
    '{ "a": 1 }',
  );
});

test.each([
  '{"type":"RECORD","stream":"u","record":{"a":1} }',
  '{"type":"RECORD","stream":"u","record": {"a":1}}',
  '{"type":"RECORD","stream":"u","record":{"a":1} ,"time_extracted":"2026-01-01T00:00:00Z"}',
  ' {"type":"RECORD","stream":"u","record":  {"a":1}} ',
])('white space around the record is not part of it: %j', (line) => {
  expect(recordText(line)).toBe('{"a":1}');
});

test('a member inside the record may be called record', () => {
  const record = '{"record":{"type":"STATE","value":"}"},"stream":"x"}';
  expect(recordText(`{"record":${record},"type":"RECORD","stream":"u"}`)).toBe(record);
});

test('the last one counts when a line has two records, as with JSON.parse', () => {
  const line = '{"type":"RECORD","stream":"u","record":{"a":1},"record":{"a":2}}';
  expect(parseMessage(line, 1)).toMatchObject({ record: { a: 2 }, recordText: '{"a":2}' });
});

test('a state is carried as it was written', () => {
  const value = '{"bookmarks":{"u":{"position":12345678901234567890, "x":1.0}}}';
  expect(parseMessage(`{"type":"STATE","value":${value}}`, 1)).toMatchObject({ valueText: value });
});

test('__proto__ in a record is data', () => {
  const message = parseMessage('{"type":"RECORD","stream":"u","record":{"__proto__":{"admin":true}}}', 1);
  expect(message).toMatchObject({ recordText: '{"__proto__":{"admin":true}}' });
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test.each(['1672531200000000001', '98765432109876543210', '7', '0'])('the version %s is exact', (digits) => {
  const usual = `{"type":"RECORD","stream":"u","record":{},"version":${digits}}`;
  const other = `{"version": ${digits} ,"type":"RECORD","stream":"u","record":{}}`;
  const batch = `{"type":"BATCH","stream":"u","encoding":{"format":"jsonl"},"manifest":[],"version":${digits}}`;
  for (const line of [usual, other, batch]) {
    expect(parseMessage(line, 1)).toMatchObject({ versionText: digits });
  }
});
