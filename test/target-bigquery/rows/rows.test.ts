import { describe, expect, test } from 'vitest';
import { rowWriter } from '../../../packages/target-bigquery/dist/rows/row-writer.js';
import { column, encoded, planOf } from '../columns/plan.js';

const text = { type: ['null', 'string'] };
const plan = planOf({
  id: { type: 'integer' },
  name: text,
  tags: { type: 'array', items: text },
  buyer: {
    type: 'object',
    properties: { name: text, address: { type: 'object', properties: { city: text } } },
  },
  items: { type: 'array', items: { type: 'object', properties: { sku: text, n: { type: 'integer' } } } },
  any: {},
});

describe('a row that fits', () => {
  test.each([
    '{}',
    '{"id":1}',
    '{"id":1,"name":null,"any":{"deep":[[1],{}]}}',
    '{ "id" : 1 , "tags" : [ "a" , "b" ] , "buyer" : { "name" : "x" } }',
    '{"items":[{"sku":"a","n":1},{"n":2,"sku":"b"},{}],"tags":[],"buyer":{}}',
    '{"name":"\\u00e9 \\"quoted\\" \\\\ \\ud83d\\ude00 é 😀","id":2}',
    '{"n\\u0061me":"escaped"}',
    '{"buyer":{"address":{"city":"Ulm"},"name":"x"}}',
  ])('is written unaltered: %s', (row) => {
    expect(encoded(plan, row)).toBe(row);
  });
});

describe('_sdc_extra holds', () => {
  test.each([
    ['a field', '{"id":1,"x":{"y":[1]}}', '{"id":1,"_sdc_extra":{"x":{"y":[1]}}}'],
    ['the first fields', '{"x":1,"y":2,"id":1}', '{"id":1,"_sdc_extra":{"x":1,"y":2}}'],
    ['fields between', '{"id":1,"x":1,"y":2,"name":"n"}', '{"id":1,"name":"n","_sdc_extra":{"x":1,"y":2}}'],
    ['all fields', '{"x":1,"y":2}', '{"_sdc_extra":{"x":1,"y":2}}'],
    ['in spite of white space', '{ "x" : 1 , "id" : 1 , "y" : 2 }', '{ "id" : 1,"_sdc_extra":{"x":1,"y":2}}'],
    ['an empty object', '{"x":{}}', '{"_sdc_extra":{"x":{}}}'],
    [
      'a field of a RECORD',
      '{"buyer":{"age":7,"name":"n"}}',
      '{"buyer":{"name":"n"},"_sdc_extra":{"buyer.age":7}}',
    ],
    [
      'deeper',
      '{"buyer":{"address":{"zip":"1"}}}',
      '{"buyer":{"address":{}},"_sdc_extra":{"buyer.address.zip":"1"}}',
    ],
    [
      'a field of an item',
      '{"items":[{"sku":"a"},{"sku":"b","c":1}]}',
      '{"items":[{"sku":"a"},{"sku":"b"}],"_sdc_extra":{"items[1].c":1}}',
    ],
    ['a name with a dot', '{"a.b[c":1}', '{"_sdc_extra":{"a\\\\.b\\\\[c":1}}'],
    ['another type', '{"id":"seven","name":8}', '{"_sdc_extra":{"id":"seven","name":8}}'],
    [
      'another type in an item',
      '{"items":[{"n":"x","sku":"a"}]}',
      '{"items":[{"sku":"a"}],"_sdc_extra":{"items[0].n":"x"}}',
    ],
    ['a list with a null', '{"tags":["a",null],"id":1}', '{"id":1,"_sdc_extra":{"tags":["a",null]}}'],
    ['a list with another type', '{"tags":["a",1]}', '{"_sdc_extra":{"tags":["a",1]}}'],
    [
      'a list of objects with a null, whole',
      '{"items":[{"sku":"a","c":1},null]}',
      '{"_sdc_extra":{"items":[{"sku":"a","c":1},null]}}',
    ],
    ['one value in place of a list', '{"tags":"a"}', '{"_sdc_extra":{"tags":"a"}}'],
    ['text in place of an object', '{"buyer":"b"}', '{"_sdc_extra":{"buyer":"b"}}'],
  ])('%s', (_, row, expected) => {
    expect(encoded(plan, row)).toBe(expected);
  });

  test('no null, which is the same as no value', () => {
    expect(encoded(plan, '{"x":null,"id":1,"buyer":{"age":null}}')).toBe('{"id":1,"buyer":{}}');
  });

  test('no null of a list, which BigQuery does not tell from an empty list', () => {
    expect(encoded(plan, '{"tags":null,"id":1}')).toBe('{"id":1}');
  });

  test('what the tap has put there itself, and the rest beside it', () => {
    expect(encoded(plan, '{"_sdc_extra":{"a":1},"id":1}')).toBe('{"id":1,"_sdc_extra":{"a":1}}');
    expect(encoded(plan, '{"_sdc_extra":{"a":1},"x":2}')).toBe('{"_sdc_extra":{"a":1,"x":2}}');
    expect(encoded(plan, '{"x":2,"_sdc_extra":{}}')).toBe('{"_sdc_extra":{"_sdc_extra":{},"x":2}}');
    expect(encoded(plan, '{"_sdc_extra":[1],"x":2}')).toBe('{"_sdc_extra":{"_sdc_extra":[1],"x":2}}');
    expect(encoded(plan, '{"_sdc_extra":{"x":1},"x":2}')).toBe('{"_sdc_extra":{"_sdc_extra":{"x":1},"x":2}}');
    expect(encoded(plan, '{"_sdc_extra":null,"id":1}')).toBe('{"id":1}');
  });
});

describe('a row with many values in long paths', () => {
  const long = 'n'.repeat(300);
  const inner = {
    type: 'object',
    properties: { [long]: { type: 'array', items: { type: 'object', properties: { b: text } } } },
  };
  const nested = planOf({ id: { type: 'integer' }, a: inner, c: inner });
  const field = (count: number) =>
    `{"${long}":[${Array.from({ length: count }, () => '{"b":7}').join(',')}]}`;

  test('has a field whole in _sdc_extra when the paths would be longer than 16 MiB', () => {
    const [many, few] = [field(60_000), `{"${long}":[{"b":"x"}]}`];
    const row = encoded(nested, `{"a":${many},"id":1,"c":${few},"x":2}`);
    // compared first: a difference of a megabyte says nothing
    expect(row === `{"id":1,"c":${few},"_sdc_extra":{"a":${many},"x":2}}`).toBe(true);
  });

  test('counts such a field as one value beside its column', () => {
    const writer = rowWriter(nested);
    writer.encode(`{"a":${field(60_000)}}`);
    expect(writer.takeDiverted().map(({ field, into, count }) => ({ field, into, count }))).toEqual([
      { field: 'a', into: '_sdc_extra', count: 1 },
    ]);
  });

  test('is written within the time that its length takes, also with as many nulls', () => {
    const items = (value: string) => Array.from({ length: 100_000 }, () => `{"u":${value}}`).join(',');
    const started = performance.now();
    encoded(plan, `{"items":[${items('1')},${items('null')}]}`);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test('a list with a null goes to its split column for JSON, where there is one', () => {
  const existing = [column('tags', 'STRING', { mode: 'REPEATED' }), column('tags__js', 'JSON')];
  const own = planOf({ tags: { type: 'array', items: text } }, { existing });
  expect(encoded(own, '{"tags":["a",null]}')).toBe('{"tags__js":["a",null]}');
});

test('the last value counts when an object has a name twice', () => {
  expect(encoded(plan, '{"id":1,"x":1,"id":2,"x":2}')).toBe('{"id":2,"_sdc_extra":{"x":2}}');
  expect(encoded(plan, '{"buyer":{"name":"a","n\\u0061me":"b"}}')).toBe('{"buyer":{"n\\u0061me":"b"}}');
});

test('there is no value when an object has a name twice and the last value is null', () => {
  expect(encoded(plan, '{"x":1,"id":1,"x":null}')).toBe('{"id":1}');
});

test('half of a surrogate pair, which UTF-8 cannot hold, is written as its escape', () => {
  expect(encoded(plan, '{"name":"a\\ud83d"}')).toBe('{"name":"a\\\\ud83d"}');
  expect(encoded(plan, '{"any":{"\\udE00":"\\ud83dx"}}')).toBe('{"any":{"\\\\udE00":"\\\\ud83dx"}}');
  expect(encoded(plan, '{"\\ud83d":1}')).toBe('{"_sdc_extra":{"\\\\ud83d":1}}');
});

test('a row with a value that no column holds is refused when the table has no _sdc_extra', () => {
  const closed = planOf({ id: { type: 'integer' } }, { tableName: '_sdc_rejected' });
  expect(encoded(closed, '{"id":"secret"}')).toBe(
    'refused: The field "id" has a value that no column of the table holds.',
  );
  expect(encoded(closed, '{"id":1,"x":null}')).toBe('{"id":1}');
});

test('a row with JSON deeper than 500 levels is refused, and the field is named', () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(encoded(plan, `{"any":${deep(500)}}`)).toBe(`{"any":${deep(500)}}`);
  expect(encoded(plan, `{"any":${deep(501)},"id":1}`)).toBe(
    'refused: The field "any" is nested deeper than the 500 levels that BigQuery\'s JSON has.',
  );
  expect(encoded(plan, `{"x":${deep(500)}}`)).toBe(
    'refused: The field "x" is nested deeper than the 500 levels that BigQuery\'s JSON has.',
  );
});

test('a column with limits holds what is within them, and other values go to the split column', () => {
  const existing = [
    column('s', 'STRING', { maxLength: '3' } as object),
    column('n', 'NUMERIC', { precision: '4', scale: '2' } as object),
  ];
  const limited = planOf({ s: text, n: { type: 'number' } }, { existing });
  expect(limited.added).toEqual(['s__st', 'n__nu', '_sdc_extra']);
  expect(encoded(limited, '{"s":"a😀\\u00e9","n":12.34}')).toBe('{"s":"a😀\\u00e9","n":"12.34"}');
  expect(encoded(limited, '{"s":"abcd","n":12.345}')).toBe('{"s__st":"abcd","n__nu":"12.345"}');
  expect(encoded(limited, '{"n":123.4}')).toBe('{"n__nu":"123.4"}');
});

test('a row of more than 100 MB is refused', () => {
  const row = `{"name":"${'x'.repeat(100 * 1024 * 1024)}"}`;
  expect(encoded(plan, row)).toBe('refused: The row is larger than the 100 MB that BigQuery takes.');
});

test('a row leaves nothing in the next one', () => {
  encoded(plan, '{"x":1,"buyer":{"y":2},"_sdc_extra":{"z":3}}');
  expect(encoded(plan, '{"id":1}')).toBe('{"id":1}');
});

describe('a table with raw: true', () => {
  const raw = planOf(
    { id: { type: 'integer' }, name: text, payload: text, _sdc_position: { type: 'integer' } },
    { raw: true, keyProperties: ['id'] },
  );

  test('has the key, system columns and one column for the payload', () => {
    expect(raw.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id INTEGER',
      '_sdc_position INTEGER',
      'payload JSON',
    ]);
  });

  test('holds all other fields in the payload, under their own names, nulls too', () => {
    expect(encoded(raw, '{"a.b":null,"id":1,"name":"n","payload":"p","_sdc_position":7}')).toBe(
      '{"id":1,"_sdc_position":7,"payload":{"a.b":null,"name":"n","payload":"p"}}',
    );
    expect(encoded(raw, '{"id":1}')).toBe('{"id":1,"payload":{}}');
  });

  test('holds a key that does not fit its column in the payload', () => {
    expect(encoded(raw, '{"id":"x"}')).toBe('{"payload":{"id":"x"}}');
  });

  test('writes nothing to columns from before the setting', () => {
    const existing = [column('id', 'INTEGER'), column('name', 'STRING')];
    const later = planOf(
      { id: { type: 'integer' }, name: text },
      { raw: true, keyProperties: ['id'], existing },
    );
    expect(encoded(later, '{"id":1,"name":"n"}')).toBe('{"id":1,"payload":{"name":"n"}}');
  });
});

describe('an array as Stitch creates it', () => {
  const array = (items: object) => ({ type: 'array', items });

  test('holds each item in a RECORD with one field', () => {
    const wrapped = planOf({ tags: array(text) }, { wrapping: true });
    expect(encoded(wrapped, '{"tags":["a", "b"]}')).toBe('{"tags":[{"value":"a"}, {"value":"b"}]}');
    expect(encoded(wrapped, '{"tags":[]}')).toBe('{"tags":[]}');
  });

  test('holds nulls', () => {
    const wrapped = planOf({ tags: array(text) }, { wrapping: true });
    expect(encoded(wrapped, '{"tags":[null,"b"]}')).toBe('{"tags":[{},{"value":"b"}]}');
  });

  test('holds arrays', () => {
    const wrapped = planOf({ grid: array(array({ type: 'integer' })) }, { wrapping: true });
    expect(encoded(wrapped, '{"grid":[[1,2],[]]}')).toBe(
      '{"grid":[{"value":[{"value":1},{"value":2}]},{"value":[]}]}',
    );
  });

  test('is recognised in a table of Stitch without the setting, and items go where they fit', () => {
    const existing = [
      column('tags', 'RECORD', {
        mode: 'REPEATED',
        fields: [column('value', 'INTEGER'), column('value__st', 'STRING')],
      }),
      column('lines', 'RECORD', {
        mode: 'REPEATED',
        fields: [column('value', 'RECORD', { fields: [column('sku', 'STRING')] })],
      }),
    ];
    const lines = array({ type: 'object', properties: { sku: text, n: { type: 'integer' } } });
    const own = planOf({ tags: array(text), lines }, { existing });
    expect(own.added).toEqual(['lines.value.n', '_sdc_extra']);
    expect(encoded(own, '{"tags":["2",4],"lines":[{"sku":"a","n":1}]}')).toBe(
      '{"tags":[{"value__st":"2"},{"value":4}],"lines":[{"value":{"sku":"a","n":1}}]}',
    );
    expect(encoded(own, '{"tags":[true],"lines":[{"x":1}]}')).toBe(
      '{"tags":[{}],"lines":[{"value":{}}],"_sdc_extra":{"tags[0]":true,"lines[0].x":1}}',
    );
  });
});
