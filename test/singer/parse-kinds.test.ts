import { parseMessage } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';

const parse = (line: string) => parseMessage(line, 1);

test('a SCHEMA is read', () => {
  const line =
    '{"type":"SCHEMA","stream":"users","schema":{"type":"object","properties":{"id":{"type":"integer"}}},' +
    '"key_properties":["id"],"bookmark_properties":["updated_at"]}';
  expect(parse(line)).toEqual({
    type: 'SCHEMA',
    stream: 'users',
    schema: { type: 'object', properties: { id: { type: 'integer' } } },
    levels: 3,
    key_properties: ['id'],
  });
});

test.each([
  ['a list', ',"key_properties":["a","b"]', ['a', 'b']],
  ['an empty list', ',"key_properties":[]', []],
  ['a plain string, as singer-python takes it', ',"key_properties":"id"', ['id']],
  ['null', ',"key_properties":null', []],
  ['nothing', '', []],
])('key_properties may be %s', (_name, member, expected) => {
  const line = `{"type":"SCHEMA","stream":"users","schema":{}${member}}`;
  expect(parse(line)).toMatchObject({ type: 'SCHEMA', key_properties: expected });
});

test('a RECORD is read', () => {
  expect(parse('{"type":"RECORD","stream":"users","record":{"id":1}}')).toEqual({
    type: 'RECORD',
    stream: 'users',
    record: { id: 1 },
    recordText: '{"id":1}',
  });
});

test('a RECORD is read with its time and version', () => {
  const line =
    '{"type":"RECORD","stream":"u","record":{},"time_extracted":"2026-01-01T00:00:00.000Z","version":7}';
  expect(parse(line)).toEqual({
    type: 'RECORD',
    stream: 'u',
    record: {},
    recordText: '{}',
    time_extracted: '2026-01-01T00:00:00.000Z',
    versionText: '7',
  });
});

test('a null time or version, as some taps write it, counts as absent', () => {
  expect(
    parse('{"type":"RECORD","stream":"u","record":{},"time_extracted":null,"version":null}'),
  ).not.toHaveProperty('versionText');
});

test('a STATE may hold any JSON value', () => {
  expect(parse('{"type":"STATE","value":{"bookmarks":{}}}')).toEqual({
    type: 'STATE',
    value: { bookmarks: {} },
    valueText: '{"bookmarks":{}}',
  });
  expect(parse('{"type":"STATE","value":null}')).toEqual({ type: 'STATE', value: null, valueText: 'null' });
});

test('an ACTIVATE_VERSION is read', () => {
  expect(parse('{"type":"ACTIVATE_VERSION","stream":"users","version":1700000000000}')).toEqual({
    type: 'ACTIVATE_VERSION',
    stream: 'users',
    versionText: '1700000000000',
  });
});

test('a BATCH is read', () => {
  const line =
    '{"type":"BATCH","stream":"users","encoding":{"format":"jsonl","compression":"gzip"},' +
    '"manifest":["file:///tmp/1.jsonl.gz"]}';
  expect(parse(line)).toEqual({
    type: 'BATCH',
    stream: 'users',
    encoding: { format: 'jsonl', compression: 'gzip' },
    manifest: ['file:///tmp/1.jsonl.gz'],
  });
});

test('a message of an unknown type keeps the name of the type', () => {
  expect(parse('{"type":"LOG","text":"hello"}')).toEqual({ type: 'UNKNOWN', name: 'LOG' });
});

test.each(['record', 'Record', 'RECORD', 'rEcOrD'])('the type may be written %s', (type) => {
  expect(parse(`{"type":"${type}","stream":"u","record":{}}`).type).toBe('RECORD');
});

test('a line with spaces, as singer-python writes it, is read', () => {
  const line = '{"type": "RECORD", "stream": "users", "record": {"id": 1, "tags": ["a", "b"]}}';
  expect(parse(line)).toMatchObject({ record: { id: 1 }, recordText: '{"id": 1, "tags": ["a", "b"]}' });
});

test('time and version may come in either order', () => {
  const time = '"time_extracted":"2026-01-01T00:00:00Z"';
  for (const tail of [`"version":7,${time}`, `${time},"version":7`, `"version": 7, ${time}`]) {
    expect(parse(`{"type":"RECORD","stream":"u","record":{"time_extracted":"x"},${tail}}`)).toEqual({
      type: 'RECORD',
      stream: 'u',
      record: { time_extracted: 'x' },
      recordText: '{"time_extracted":"x"}',
      time_extracted: '2026-01-01T00:00:00Z',
      versionText: '7',
    });
  }
});

test('a record whose end looks like the end of a message is read whole', () => {
  const record = '{"a":{"b":1},"version":1,"time_extracted":"2026-01-01T00:00:00Z"}';
  const message = parse(`{"type":"RECORD","stream":"u","record":${record}}`);
  expect(message).toEqual({ type: 'RECORD', stream: 'u', record: JSON.parse(record), recordText: record });
});

test('members may come in any order', () => {
  const line = '{"record":{"type":"SCHEMA","stream":"other"},"version":3,"stream":"users","type":"RECORD"}';
  expect(parse(line)).toMatchObject({ type: 'RECORD', stream: 'users', versionText: '3' });
});
