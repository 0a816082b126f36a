import { parseMessage, parseRecordText, ToolkitError } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { mutate } from '../helpers/json-texts.js';
import { Seeded } from '../helpers/seeded.js';

test.each([
  ['a torn line', '{"type":"RECORD","stream":"u","record":{"id":1', 'it is not JSON'],
  ['a line torn in the middle of a string', '{"type":"RECORD","stream":"u","rec', 'it is not JSON'],
  [
    'text',
    'Traceback (most recent call last):',
    'it is not JSON; the tap, or a library in it, printed text to stdout, which is for messages only: send that to stderr',
  ],
  ['nothing', '', 'it is not JSON'],
  ['a record that is not JSON', '{"type":"RECORD","stream":"u","record":{"a":}}', 'it is not JSON'],
  ['an escape that JSON does not have, in a name', '{"a\\x":1,"type":"STATE"}', 'it is not JSON'],
  [
    'a line torn before its last brace',
    '{"type":"RECORD","stream":"u","record":{"a":{"b":1},"time_extracted":"2"}',
    'it is not JSON',
  ],
  [
    'a number with a leading zero',
    '{"type":"RECORD","stream":"u","record":{},"version":07,"time_extracted":"2"}',
    'it is not JSON',
  ],
  ['a control character in a stream', '{"type":"RECORD","stream":"u\t","record":{}}', 'it is not JSON'],
  ['a STATE with a "record" that is not JSON', '{"type":"STATE","value":1,"record":[!]}', 'it is not JSON'],
  ['an unknown type with a "record" that is not JSON', '{"type":"LOG","record":[!]}', 'it is not JSON'],
  ['two documents', '{"type":"STATE","value":1} {}', 'it is not JSON'],
  ['a number', '5', 'it is not a JSON object'],
  ['a list', '[{"type":"STATE","value":1}]', 'it is not a JSON object'],
  ['null', 'null', 'it is not a JSON object'],
  ['no type', '{"stream":"u","record":{}}', 'it has no "type"'],
  ['a type that is no string', '{"type":1}', 'it has no "type"'],
  ['a RECORD without record', '{"type":"RECORD","stream":"u"}', 'a RECORD needs a "record" object'],
  [
    'a RECORD whose record is a list',
    '{"type":"RECORD","stream":"u","record":[]}',
    'a RECORD needs a "record" object',
  ],
  [
    'a RECORD whose record is null',
    '{"type":"RECORD","stream":"u","record":null}',
    'a RECORD needs a "record" object',
  ],
  ['a RECORD without stream', '{"type":"RECORD","record":{}}', 'it names no "stream"'],
  ['an empty stream', '{"type":"RECORD","stream":"","record":{}}', 'it names no "stream"'],
  [
    'a SCHEMA without schema',
    '{"type":"SCHEMA","stream":"u","key_properties":[]}',
    'a SCHEMA needs a "schema" object',
  ],
  ['a SCHEMA without stream', '{"type":"SCHEMA","schema":{}}', 'it names no "stream"'],
  [
    'keys that are not names',
    '{"type":"SCHEMA","stream":"u","schema":{},"key_properties":[1]}',
    '"key_properties" is not a list of names',
  ],
  ['a STATE without value', '{"type":"STATE"}', 'a STATE needs a "value"'],
  [
    'an ACTIVATE_VERSION without version',
    '{"type":"ACTIVATE_VERSION","stream":"u"}',
    'an ACTIVATE_VERSION needs a "version" number',
  ],
  [
    'a BATCH without manifest',
    '{"type":"BATCH","stream":"u","encoding":{"format":"jsonl"}}',
    'a BATCH needs an "encoding" with a "format" and a "manifest" list',
  ],
])('%s is refused', (_name, line, why) => {
  expect(refusal(() => parseMessage(line, 17))).toMatchObject({
    code: 'not_singer',
    exitCode: 2,
    message: `Line 17 is not a Singer message: ${why}.`,
  });
});

test('a line of a BATCH file must be a JSON object', () => {
  expect(parseRecordText('{"id": 1}', 3)).toEqual({ record: { id: 1 }, recordText: '{"id": 1}' });
  expect(refusal(() => parseRecordText('[1]', 3)).message).toBe(
    'Line 3 is not a Singer message: it is not a JSON object.',
  );
});

test('any line is either read as JSON.parse reads it or refused with a code, never with a defect', () => {
  const usual = '{"type":"RECORD","stream":"u","record":{"a":"}\\"{","b":[1,{"c":1.50}]}';
  const lines = [
    `${usual}}`,
    `${usual},"version":1,"time_extracted":"2026-01-01T00:00:00Z"}`,
    '{"type":"RECORD", "stream":"u\\u0061", "record":{"a":"}\\"{","b":[1,{"c":1.50}]},"version":1}',
  ];
  const random = new Seeded(3);
  for (let round = 0; round < 30_000; round += 1) {
    const text = mutate(random, random.pick(lines));
    let message: ReturnType<typeof parseMessage>;
    try {
      message = parseMessage(text, 1);
    } catch (error) {
      expect((error as ToolkitError).code, text).toBe('not_singer');
      continue;
    }
    if (message.type !== 'RECORD') continue;
    expect(message.record, text).toEqual(JSON.parse(text).record);
    expect(message.recordText, text).toMatch(/^\{.*\}$/s);
    expect(JSON.parse(message.recordText), text).toEqual(message.record);
    expect(numberOf(message.versionText), text).toEqual(numberOrNone(JSON.parse(text).version));
  }
});

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function numberOrNone(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function refusal(parse: () => unknown): ToolkitError {
  try {
    parse();
  } catch (error) {
    if (error instanceof ToolkitError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
