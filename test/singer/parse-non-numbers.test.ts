import { parseMessage, parseRecordText } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';

test.each([
  ['NaN', '{"id":2,"x":NaN}', { id: 2, x: 0 }],
  ['Infinity', '{"id":2,"x":[Infinity,true],"t":{"n":null}}', { id: 2, x: [0, true], t: { n: null } }],
  ['-Infinity', '{"id": 2, "x": -Infinity}', { id: 2, x: 0 }],
  [
    'NaN',
    '{"a":"say \\"Infinity\\" and NaN","x":NaN,"y":-Infinity}',
    { a: 'say "Infinity" and NaN', x: 0, y: 0 },
  ],
])('a RECORD with %s is read, and says so: %s', (nonNumber, recordText, record) => {
  const line = `{"type":"RECORD","stream":"s","record":${recordText},"version":3}`;

  expect(parseMessage(line, 1)).toEqual({
    type: 'RECORD',
    stream: 's',
    record,
    recordText,
    nonNumber,
    versionText: '3',
  });
  expect(parseRecordText(recordText)).toEqual({ record, recordText, nonNumber });
});

test('such words in strings and names mean nothing', () => {
  const record = '{"NaN":"NaN","s":"\\"Infinity"}';

  expect(parseMessage(`{"record":${record},"type":"RECORD","stream":"Infinity"}`, 1)).toEqual({
    type: 'RECORD',
    stream: 'Infinity',
    record: { NaN: 'NaN', s: '"Infinity' },
    recordText: record,
  });
});

test.each([
  ['a STATE', '{"type":"STATE","value":{"at":NaN}}', 'NaN'],
  [
    'a SCHEMA',
    '{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":{"maximum":Infinity}}}}',
    'Infinity',
  ],
  [
    'the version of a RECORD',
    '{"type":"RECORD","stream":"s","record":{"a":1},"version":-Infinity}',
    '-Infinity',
  ],
])('in %s they are refused by name', (_, line, word) => {
  expect(() => parseMessage(line, 7)).toThrow(
    `Line 7 is not a Singer message: it holds ${word}, which JSON does not have.`,
  );
});

test.each([
  '{"type":"RECORD","stream":"s","record":{"x":NaN}',
  '{"type":"RECORD","stream":"s","record":{"x":NaNs}}',
  'NaN is not JSON',
])('a line that would not be JSON without them either is no message: %s', (line) => {
  expect(() => parseMessage(line, 1)).toThrow('it is not JSON');
});
