import { expect, test } from 'vitest';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { ProtoEncoder } from '../../../packages/target-bigquery/dist/rows/proto-encode.js';

const field = (type: Field['type'], mode: Field['mode'] = 'NULLABLE', fields?: readonly Field[]): Field => ({
  name: 'a',
  type,
  mode,
  ...(fields && { fields }),
});

/** Hex of a row `{"a": value}`, or the refusal. */
function encoded(column: Field, value: string): string {
  const row = new ProtoEncoder([column]).encode(`{"a":${value}}`);
  return 'refused' in row ? row.refused : Buffer.from(row.bytes).toString('hex');
}

// field 1, varint: tag 08; eight bytes: tag 09; length and bytes: tag 0a ("Encoding", Protocol Buffers documentation)
test.each<[Field['type'], string, string]>([
  ['INTEGER', '0', '0800'],
  ['INTEGER', '150', '089601'],
  ['INTEGER', '"150"', '089601'],
  ['INTEGER', '-1', '08ffffffffffffffffff01'],
  ['INTEGER', '-2', '08feffffffffffffffff01'],
  ['INTEGER', '4294967296', '088080808010'],
  ['INTEGER', '-4294967296', '0880808080f0ffffffff01'],
  ['INTEGER', '9007199254740993', '088180808080808010'],
  ['INTEGER', '9223372036854775807', '08ffffffffffffffff7f'],
  ['INTEGER', '-9223372036854775808', '0880808080808080808001'],
  ['INTEGER', '1.50e2', '089601'],
  ['INTEGER', '9007199254740993.0', '088180808080808010'],
  ['BOOLEAN', 'true', '0801'],
  ['BOOLEAN', 'false', '0800'],
  ['FLOAT', '1.5', '09000000000000f83f'],
  ['FLOAT', '"NaN"', '09000000000000f87f'],
  ['FLOAT', '"-Infinity"', '09000000000000f0ff'],
  ['STRING', '""', '0a00'],
  ['STRING', '"abc"', '0a03616263'],
  ['STRING', '"ä€😀"', '0a09c3a4e282acf09f9880'],
  ['STRING', String.raw`"a\"b\\"`, '0a046122625c'],
  ['STRING', String.raw`"\u0041"`, '0a0141'],
  ['NUMERIC', '"1.10"', '0a04312e3130'],
  ['BIGNUMERIC', '12345678901234567890.5', `0a16${Buffer.from('12345678901234567890.5').toString('hex')}`],
  ['JSON', '{"b": [1, "]}"]}', `0a10${Buffer.from('{"b": [1, "]}"]}').toString('hex')}`],
  ['JSON', '"x"', '0a03227822'],
  ['BYTES', '"AQID"', '0a03010203'],
  ['DATE', '"1970-01-02"', '0801'],
  ['DATE', '"1969-12-31"', '08ffffffffffffffffff01'],
  ['DATETIME', '"2026-01-01T00:00:00"', `0a13${Buffer.from('2026-01-01T00:00:00').toString('hex')}`],
  ['TIMESTAMP', '"1970-01-01T00:00:01.000002Z"', '08c2843d'],
  ['TIMESTAMP', '"1970-01-01 01:00:00+01:00"', '0800'],
])('a column of type %s writes %s in the wire format', (type, value, hex) => {
  expect(encoded(field(type), value)).toBe(hex);
});

test('the first and the last microsecond of a TIMESTAMP are exact', () => {
  // protobuf's int64 of -62135596800000000 and 253402300799999999
  expect(encoded(field('TIMESTAMP'), '"0001-01-01T00:00:00Z"')).toBe(`08${varint(-62_135_596_800_000_000n)}`);
  expect(encoded(field('TIMESTAMP'), '"9999-12-31T23:59:59.999999Z"')).toBe(
    `08${varint(253_402_300_799_999_999n)}`,
  );
});

test('a null is not written', () => {
  expect(encoded(field('STRING'), 'null')).toBe('');
  expect(encoded(field('STRING', 'REPEATED'), 'null')).toBe('');
});

test('a string of more than 127 bytes has a length of two bytes', () => {
  const text = 'x'.repeat(128);
  expect(encoded(field('STRING'), `"${text}"`)).toBe(`0a8001${Buffer.from(text).toString('hex')}`);
});

test('the items of a REPEATED column follow one another', () => {
  expect(encoded(field('INTEGER', 'REPEATED'), '[1, 2]')).toBe('08010802');
});

test('a RECORD is a message within the message', () => {
  const record = field('RECORD', 'NULLABLE', [
    { name: 'b', type: 'INTEGER', mode: 'NULLABLE' },
    { name: 'c', type: 'STRING', mode: 'NULLABLE' },
  ]);
  expect(encoded(record, '{"c":"x","b":1}')).toBe('0a05' + '120178' + '0801');
});

test('a long RECORD has a length of several bytes', () => {
  const record = field('RECORD', 'REPEATED', [{ name: 'b', type: 'STRING', mode: 'NULLABLE' }]);
  const text = 'y'.repeat(200);
  const message = `0ac801${Buffer.from(text).toString('hex')}`;
  expect(encoded(record, `[{"b":"${text}"},{}]`)).toBe(`0acb01${message}0a00`);
});

test('columns are found whatever their case, and in any order', () => {
  const encoder = new ProtoEncoder([
    { name: 'Id', type: 'INTEGER', mode: 'NULLABLE' },
    { name: 'name', type: 'STRING', mode: 'NULLABLE' },
  ]);
  expect(encoder.encode('{"name":"x","id":7}')).toEqual({ bytes: Buffer.from('1201780807', 'hex') });
});

test.each<[Field, string, string]>([
  [field('INTEGER'), '9223372036854775808', 'The field a is an integer beyond 64 bits'],
  [field('INTEGER'), '1.5', 'The field a is no integer'],
  [field('INTEGER'), '"x"', 'The field a is no integer'],
  [field('INTEGER'), '0.99999999999999999999', 'The field a is no integer'],
  [field('INTEGER'), '9007199254740991.4', 'The field a is no integer'],
  [field('INTEGER'), '1e19', 'The field a is an integer beyond 64 bits'],
  [field('BOOLEAN'), '1', 'The field a is neither true nor false'],
  [field('NUMERIC'), '"abc"', 'The field a is no number'],
  [field('DATE'), '"2026-02-30"', 'The field a is no date from 0001-01-01 to 9999-12-31'],
  [field('TIMESTAMP'), '"yesterday"', 'The field a is no time from the year 1 to the year 9999'],
  [field('TIMESTAMP'), '"0000-01-01T00:00:00Z"', 'The field a is no time from the year 1 to the year 9999'],
  [field('BYTES'), '"%"', 'The field a is no base64 text'],
  [field('STRING', 'REPEATED'), '"x"', 'The field a is no array'],
  [field('STRING', 'REPEATED'), '["x",null]', 'The field a has a null among its items'],
  [field('RECORD', 'NULLABLE', []), '1', 'The field a is no object'],
  [field('RECORD', 'NULLABLE', []), '{"b":1}', 'The field a.b is no column of the table'],
])('a column %o refuses %s', (column, value, sentence) => {
  expect(encoded(column, value)).toBe(sentence);
});

test('a REQUIRED field that has no value is refused', () => {
  const encoder = new ProtoEncoder([{ name: 'id', type: 'INTEGER', mode: 'REQUIRED' }]);
  expect(encoder.encode('{}')).toEqual({ refused: 'The field id is required and has no value' });
  expect(encoder.encode('{"id":null}')).toEqual({ refused: 'The field id is required and has no value' });
});

test('a refused row leaves nothing in the next one', () => {
  const encoder = new ProtoEncoder([field('INTEGER')]);
  encoder.encode('{"a":"x"}');
  expect(encoder.encode('{"a":1}')).toEqual({ bytes: Buffer.from('0801', 'hex') });
});

function varint(value: bigint): string {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes).toString('hex');
}
