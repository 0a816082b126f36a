import { expect, test } from 'vitest';
import type { ColumnType, Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { fileOf, loadSpec, openService } from './open-service.js';

/** What becomes of one value in a column of that type: the value, or the service's sentence. */
async function loaded(type: ColumnType, value: string, change: Partial<Field> = {}): Promise<unknown> {
  const { fake, service } = await openService();
  const table = { dataset: 'd', table: 'v' };
  const fields: Field[] = [{ name: 'v', type, mode: 'NULLABLE', ...change }];
  await service.createTable(table, { fields });
  const made = await service.insertLoadJob(loadSpec('v', { table, fields }), fileOf(`{"v":${value}}`));
  const job = await service.waitForJob(made, 30_000);
  return job.failure === undefined ? fake.rows('d', 'v')[0]?.v : job.problems[1]?.message;
}

test.each<[ColumnType, string, unknown]>([
  ['INTEGER', '"9223372036854775807"', '9223372036854775807'],
  ['INTEGER', '-9007199254740991', '-9007199254740991'],
  ['INTEGER', '9007199254740993', '9007199254740992'], // a bare number is read through a double
  ['NUMERIC', '"99999999999999999999999999999.999999999"', '99999999999999999999999999999.999999999'],
  ['NUMERIC', '"0.0000000005"', '0.000000001'],
  ['NUMERIC', '1e2', '100'],
  [
    'BIGNUMERIC',
    '"-1234567890123456789012345678.00000000000000000000000000000000000001"',
    '-1234567890123456789012345678.00000000000000000000000000000000000001',
  ],
  ['BIGNUMERIC', '12345678901234567890.5', '12345678901234567000'],
  ['FLOAT', '1.5e300', 1.5e300],
  ['FLOAT', '"-Infinity"', -Infinity],
  ['BOOLEAN', '"TRUE"', true],
  ['TIMESTAMP', '"2026-01-01T12:00:00.123456+02:00"', '2026-01-01T10:00:00.123456Z'],
  ['TIMESTAMP', '"0001-01-01 00:00:00 UTC"', '0001-01-01T00:00:00.000Z'],
  ['DATE', '"2024-2-29"', '2024-02-29'],
  ['TIME', '"1:02:03.5"', '01:02:03.500000'],
  ['DATETIME', '"2026-01-01 10:00:00"', '2026-01-01T10:00:00'],
  ['BYTES', '"AQI="', 'AQI='],
  ['JSON', '{"a":[1,9007199254740993,"x"]}', { a: [1, 9007199254740993n, 'x'] }],
  ['STRING', '"\\ud83d\\ude00"', '😀'],
])('%s takes %s', async (type, value, shown) => {
  expect(await loaded(type, value)).toEqual(shown);
});

test.each<[ColumnType, string]>([
  ['INTEGER', '"9223372036854775808"'],
  ['INTEGER', '1.5'],
  ['INTEGER', 'true'],
  ['NUMERIC', '"100000000000000000000000000000"'],
  ['BIGNUMERIC', '"578960446186580977117854925043439539267"'],
  ['FLOAT', '"n/a"'],
  ['BOOLEAN', '1'],
  ['TIMESTAMP', '"2026-01-01T12:00:60Z"'],
  ['TIMESTAMP', '"0000-12-31T23:59:59Z"'],
  ['TIMESTAMP', '"2026-02-30T00:00:00Z"'],
  ['TIMESTAMP', '1767225600'],
  ['DATE', '"2026-02-29"'],
  ['TIME', '"24:00:00"'],
  ['DATETIME', '"2026-01-01T10:00:00Z"'],
  ['BYTES', '"AQ"'],
  ['STRING', '"\\ud83d"'],
  ['STRING', '1'],
  ['STRING', '{"a":1}'],
  ['STRING', '["a"]'],
])('%s refuses %s', async (type, value) => {
  expect(await loaded(type, value)).toContain('JSON parsing error in row starting at position 0: ');
});

test('a list is loaded in order, and holds no NULL', async () => {
  expect(await loaded('INTEGER', '[2,"1"]', { mode: 'REPEATED' })).toEqual(['2', '1']);
  expect(await loaded('INTEGER', '[1,null]', { mode: 'REPEATED' })).toContain(
    'Only optional fields can be set to NULL',
  );
  expect(await loaded('INTEGER', '1', { mode: 'REPEATED' })).toContain('must be imported as a JSON array');
});

test('a record is loaded by its fields', async () => {
  const fields: Field[] = [{ name: 'a', type: 'INTEGER', mode: 'REQUIRED' }];
  expect(await loaded('RECORD', '{"A":1}', { fields })).toEqual({ a: '1' });
  expect(await loaded('RECORD', '{"a":1,"b":2}', { fields })).toContain('No such field: v.b.');
  expect(await loaded('RECORD', '{}', { fields })).toContain('Missing required field: v.a.');
  expect(await loaded('RECORD', '"x"', { fields })).toContain('is not a record');
});
