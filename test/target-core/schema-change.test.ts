import { expect, test } from 'vitest';
import { unionOf } from '../../packages/target-core/dist/schema-change.js';

const columns = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
const a = { type: 'integer' };
const b = { type: 'string' };

test.each([
  ['the same', columns({ a }), columns({ a })],
  ['the columns in another order', columns({ a, b }), columns({ b, a })],
  [
    'the keywords in another order',
    columns({ a: { type: 'string', format: 'date' } }),
    columns({ a: { format: 'date', type: 'string' } }),
  ],
  [
    'the types in another order',
    columns({ a: { type: ['null', 'string'] } }),
    columns({ a: { type: ['string', 'null'] } }),
  ],
  ['alternatives in another order', columns({ a: { anyOf: [a, b] } }), columns({ a: { anyOf: [b, a] } })],
  ['a column less', columns({ a, b }), columns({ a })],
  ['a column less in an object', columns({ o: columns({ a, b }) }), columns({ o: columns({ b }) })],
  ['a column that is never null', columns({ a: { type: ['null', 'string'] } }), columns({ a: b })],
  ['an integer where the table takes numbers', columns({ a: { type: 'number' } }), columns({ a })],
  ['times where the table takes any text', columns({ a: b }), columns({ a: { ...b, format: 'date-time' } })],
  ['one type less', columns({ a: { type: ['integer', 'string'] } }), columns({ a })],
  ['more required columns', columns({ a, b }), columns({ a, b }, { required: ['a'] })],
  ['no further fields', columns({ a }), columns({ a }, { additionalProperties: false })],
])('a table takes the rows of a SCHEMA with %s as it is', (_, before, after) => {
  expect(unionOf(before, after)).toBe(before);
});

test.each([
  ['a further column', columns({ a }), columns({ a, b }), columns({ a, b })],
  ['other columns', columns({ a }), columns({ b }), columns({ a, b })],
  [
    'a further column in an object',
    columns({ o: columns({ a }) }),
    columns({ o: columns({ a, b }) }),
    columns({ o: columns({ a, b }) }),
  ],
  [
    'a further column in the objects of an array',
    columns({ l: { type: 'array', items: columns({ a }) } }),
    columns({ l: { type: 'array', items: columns({ b }) } }),
    columns({ l: { type: 'array', items: columns({ a, b }) } }),
  ],
  [
    'a column that may be null',
    columns({ a }),
    columns({ a: { type: ['null', 'integer'] } }),
    columns({ a: { type: ['integer', 'null'] } }),
  ],
  [
    'numbers beside integers',
    columns({ a }),
    columns({ a: { type: 'number' } }),
    columns({ a: { type: ['number'] } }),
  ],
  [
    'a further type',
    columns({ a }),
    columns({ a: { type: ['integer', 'string'] } }),
    columns({ a: { type: ['integer', 'string'] } }),
  ],
  ['any text beside times', columns({ a: { ...b, format: 'date' } }), columns({ a: b }), columns({ a: b })],
  [
    'fewer required columns',
    columns({ a, b }, { required: ['a', 'b'] }),
    columns({ a, b }, { required: ['a'] }),
    columns({ a, b }),
  ],
  [
    'another length',
    columns({ b: { ...b, maxLength: 5 } }),
    columns({ b: { ...b, maxLength: 9 } }),
    columns({ b }),
  ],
  [
    'other values of the same type',
    columns({ b: { ...b, enum: ['x'] } }),
    columns({ b: { ...b, enum: ['y'] } }),
    columns({ b }),
  ],
  [
    'another title',
    columns({ a }),
    columns({ a: { ...a, title: 'A' } }),
    columns({ a: { ...a, title: 'A' } }),
  ],
  [
    'a further definition',
    columns({ a }, { $defs: { a } }),
    columns({ a }, { $defs: { b } }),
    columns({ a }, { $defs: { a, b } }),
  ],
  [
    'a further split',
    columns({ a }, { 'x-sdc-splits': { b__st: 'b' } }),
    columns({ a, b }, { 'x-sdc-splits': { a__st: 'a' } }),
    columns({ a, b }, { 'x-sdc-splits': { b__st: 'b', a__st: 'a' } }),
  ],
  [
    'a column of a name that objects inherit',
    columns({ constructor: a }),
    columns({ a }),
    columns({ constructor: a, a }),
  ],
])('a table takes the rows of a SCHEMA with %s beside its own', (_, before, after, union) => {
  expect(unionOf(before, after)).toEqual(union);
});

test.each([
  ['another type', columns({ a }), columns({ a: b })],
  ['another limit of a number', columns({ a }), columns({ a: { ...a, maximum: 5 } })],
  ['another format', columns({ a: { ...b, format: 'date' } }), columns({ a: { ...b, format: 'date-time' } })],
  ['a column that became an object', columns({ o: { type: 'object' } }), columns({ o: columns({ a }) })],
  [
    'a column that became a map',
    columns({ o: columns({ a }) }),
    columns({ o: columns({ a }, { additionalProperties: b }) }),
  ],
  [
    'items of another type',
    columns({ l: { type: 'array', items: a } }),
    columns({ l: { type: 'array', items: b } }),
  ],
  ['another definition', columns({ a }, { $defs: { a } }), columns({ a }, { $defs: { a: b } })],
  ['listed values of another type', columns({ a: { enum: [1] } }), columns({ a: { enum: ['x'] } })],
])('a SCHEMA with %s is a change', (_, before, after) => {
  expect(unionOf(before, after)).toBeUndefined();
});
