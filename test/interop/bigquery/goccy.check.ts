import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startGoccy } from './emulator.js';
import { load, recordLine, schemaLine, stateLine, type TapStream } from './load.js';

// Collected when BIGQUERY_GOCCY is set. What this emulator has right and bqemulator has not: BIGNUMERIC. Items of an array have
// one field here: it mixes up the fields of items that have several, a few times in ten runs.

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startGoccy();
});
afterAll(() => emulator?.stop());

const STREAM: TapStream = {
  stream: 'shop-data',
  inbox: 'inbox-1',
  keys: ['id'],
  columns: {
    id: { type: 'integer' },
    price: { type: 'number' },
    customer: {
      type: 'object',
      properties: {
        ref: { type: 'integer' },
        balance: { type: 'number' },
        tags: { type: 'array', items: { type: 'string' } },
      },
    },
    lines: {
      type: 'array',
      items: { type: 'object', properties: { weight: { type: 'number' } } },
    },
  },
};

const BIG = '12345678901234567890123456789012345678.12345678901234567890123456789012345678';
const SMALL = '-0.00000000000000000000000000000000000001';

test('nested values and decimals of 76 digits are what the tap sent', async () => {
  const row =
    `"id":9223372036854775807,"price":${BIG},` +
    `"customer":{"ref":-9007199254740993,"balance":${SMALL},"tags":["a","ü"]},` +
    `"lines":[{"weight":0.1},{"weight":${BIG}}]`;
  const lines = [schemaLine(STREAM), recordLine(STREAM, 1, row), stateLine(STREAM, 1)];
  await load(emulator, lines);
  expect(
    await emulator.rest.query(
      `SELECT id, price = BIGNUMERIC '${BIG}' AS price, customer.ref, customer.balance = BIGNUMERIC '${SMALL}' AS balance,
         customer.tags, \`lines\`[OFFSET(0)].weight = BIGNUMERIC '0.1' AS light, \`lines\`[OFFSET(1)].weight = BIGNUMERIC '${BIG}' AS heavy
       FROM shop.data`,
    ),
  ).toEqual([
    {
      id: '9223372036854775807',
      price: 'true',
      ref: '-9007199254740993',
      balance: 'true',
      tags: ['a', 'ü'],
      light: 'true',
      heavy: 'true',
    },
  ]);
});
