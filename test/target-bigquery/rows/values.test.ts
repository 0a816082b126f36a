import { expect, test } from 'vitest';
import type { Field } from '../../../packages/target-bigquery/dist/columns/types.js';
import { appender, cut, startAppending, TABLE } from '../storage-write/appending.js';

const of = (
  name: string,
  type: Field['type'],
  mode: Field['mode'] = 'NULLABLE',
  fields?: readonly Field[],
): Field => ({
  name,
  type,
  mode,
  ...(fields && { fields }),
});

/** What the table holds after one row was appended. */
async function stored(fields: readonly Field[], text: string): Promise<object | undefined> {
  const { client, rows } = await startAppending(fields);
  const { requests, format, tally } = cut([{ text, identity: undefined }], {
    fields,
    requestBytes: 1_000_000,
  });
  await appender(client, await client.createStream(TABLE)).append(requests, format.descriptor, tally);
  expect(tally.refused).toEqual([]);
  return rows()[0];
}

test('a value of each type arrives exactly', async () => {
  const fields = [
    of('s', 'STRING'),
    of('i', 'INTEGER'),
    of('f', 'FLOAT'),
    of('n', 'NUMERIC'),
    of('b', 'BIGNUMERIC'),
    of('t', 'BOOLEAN'),
    of('at', 'TIMESTAMP'),
    of('d', 'DATE'),
    of('dt', 'DATETIME'),
    of('tm', 'TIME'),
    of('x', 'BYTES'),
    of('j', 'JSON'),
  ];
  const row = await stored(
    fields,
    '{"s":"ä\\n€😀","i":-9223372036854775808,"f":0.1,"n":"-12345678901234567890123456789.123456789","b":"0.00000000000000000000000000000000000001","t":false,"at":"1969-12-31T23:59:59.999999Z","d":"0001-01-01","dt":"9999-12-31T23:59:59.999999","tm":"23:59:59.5","x":"/+8=","j":{"a":[1,"]}",null]}}',
  );
  expect(row).toEqual({
    s: 'ä\n€😀',
    i: '-9223372036854775808',
    f: 0.1,
    n: '-12345678901234567890123456789.123456789',
    b: '0.00000000000000000000000000000000000001',
    t: false,
    at: '1969-12-31T23:59:59.999999Z',
    d: '0001-01-01',
    dt: '9999-12-31T23:59:59.999999',
    tm: '23:59:59.500000',
    x: '/+8=',
    j: { a: [1, ']}', null] },
  });
});

test('RECORDs within REPEATED RECORDs arrive unaltered', async () => {
  const item = of('items', 'RECORD', 'REPEATED', [
    of('sku', 'STRING'),
    of('tags', 'STRING', 'REPEATED'),
    of('price', 'RECORD', 'NULLABLE', [of('amount', 'INTEGER'), of('items', 'INTEGER', 'REPEATED')]),
  ]);
  const items = [
    { sku: 'a', tags: ['x', 'y'], price: { amount: 9007199254740991, items: [1, 2] } },
    { sku: 'z'.repeat(300), tags: ['w'], price: { amount: -1, items: [0] } },
  ];
  const row = await stored([item], JSON.stringify({ items }));
  expect(row).toEqual({
    items: [
      { sku: 'a', tags: ['x', 'y'], price: { amount: '9007199254740991', items: ['1', '2'] } },
      { sku: 'z'.repeat(300), tags: ['w'], price: { amount: '-1', items: ['0'] } },
    ],
  });
});

test('a column gets its values even when its name is no name in Protocol Buffers', async () => {
  expect(
    await stored([of('größe in cm', 'INTEGER'), of('id', 'INTEGER')], '{"größe in cm":5,"id":1}'),
  ).toEqual({
    'größe in cm': '5',
    id: '1',
  });
});
