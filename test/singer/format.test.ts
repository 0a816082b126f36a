import { parseMessage, recordLine, schemaLine, stateLine } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';

test('a SCHEMA is written as one line', () => {
  expect(schemaLine('users-data', { type: 'object', properties: {} }, ['id'])).toBe(
    '{"type":"SCHEMA","stream":"users-data","schema":{"type":"object","properties":{}},"key_properties":["id"]}',
  );
});

test('a RECORD is written as one line, with its record unchanged', () => {
  expect(recordLine('users', '{"n":12345678901234567890, "t":"\\u0061"}')).toBe(
    '{"type":"RECORD","stream":"users","record":{"n":12345678901234567890, "t":"\\u0061"}}',
  );
});

test('a RECORD is written with its time_extracted', () => {
  expect(recordLine('users', '{}', '2026-01-01T00:00:00.000Z')).toBe(
    '{"type":"RECORD","stream":"users","record":{},"time_extracted":"2026-01-01T00:00:00.000Z"}',
  );
});

test('a STATE is written as one line', () => {
  expect(stateLine({ bookmarks: { users: { position: 7 } } })).toBe(
    '{"type":"STATE","value":{"bookmarks":{"users":{"position":7}}}}',
  );
});

test('a stream with quotes and line ends stays on one line and is read back', () => {
  const stream = 'a"b\n\u2028c';
  const line = recordLine(stream, '{}');
  expect(line).not.toContain('\n');
  expect(parseMessage(line, 1)).toMatchObject({ type: 'RECORD', stream });
});
