import { expect, test } from 'vitest';
import { rowDescriptor as descriptorOf } from '../../../packages/target-bigquery/dist/rows/proto-descriptor.js';

test('each column is a field of its own number, with the type of the documentation', () => {
  const types = ['STRING', 'INTEGER', 'FLOAT', 'NUMERIC', 'BIGNUMERIC', 'BOOLEAN', 'TIMESTAMP'] as const;
  const more = ['DATE', 'DATETIME', 'TIME', 'BYTES', 'JSON'] as const;
  const fields = [...types, ...more].map((type) => ({
    name: type.toLowerCase(),
    type,
    mode: 'NULLABLE' as const,
  }));
  expect(
    descriptorOf(fields).field.map(({ name, number, type, label }) => [name, number, type, label]),
  ).toEqual([
    ['string', 1, 9, 1],
    ['integer', 2, 3, 1],
    ['float', 3, 1, 1],
    ['numeric', 4, 9, 1],
    ['bignumeric', 5, 9, 1],
    ['boolean', 6, 8, 1],
    ['timestamp', 7, 3, 1],
    ['date', 8, 5, 1],
    ['datetime', 9, 9, 1],
    ['time', 10, 9, 1],
    ['bytes', 11, 12, 1],
    ['json', 12, 9, 1],
  ]);
});

test('the mode of a column is the label of its field', () => {
  const modes = ['NULLABLE', 'REQUIRED', 'REPEATED'] as const;
  const fields = modes.map((mode) => ({ name: mode, type: 'STRING' as const, mode }));
  expect(descriptorOf(fields).field.map(({ label }) => label)).toEqual([1, 2, 3]);
});

test('every RECORD is a message of the root, however deep it is nested', () => {
  const leaf = { name: 'c', type: 'STRING', mode: 'NULLABLE' } as const;
  const inner = { name: 'b', type: 'RECORD', mode: 'REPEATED', fields: [leaf] } as const;
  const descriptor = descriptorOf([{ name: 'a', type: 'RECORD', mode: 'NULLABLE', fields: [inner] }]);
  expect(descriptor).toEqual({
    name: 'Row',
    field: [{ name: 'a', number: 1, type: 11, label: 1, typeName: 'Record1' }],
    nestedType: [
      {
        name: 'Record1',
        field: [{ name: 'b', number: 1, type: 11, label: 3, typeName: 'Record2' }],
        nestedType: [],
      },
      { name: 'Record2', field: [{ name: 'c', number: 1, type: 9, label: 1 }], nestedType: [] },
    ],
  });
});

test('a column whose name is no name in Protocol Buffers is found by an annotation', () => {
  const [field] = descriptorOf([{ name: 'größe', type: 'STRING', mode: 'NULLABLE' }]).field;
  expect(field).toEqual({
    name: 'column_1',
    number: 1,
    type: 9,
    label: 1,
    options: { '.google.cloud.bigquery.storage.v1.columnName': 'größe' },
  });
});
