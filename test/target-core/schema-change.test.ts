import { expect, test } from 'vitest';
import { addsOnly } from '../../packages/target-core/dist/schema-change.js';

const columns = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
const a = { type: 'integer' };
const b = { type: 'string' };

test.each([
  ['the same', columns({ a }), columns({ a })],
  ['a further column', columns({ a }), columns({ a, b })],
  ['the columns in another order', columns({ a, b }), columns({ b, a })],
  ['a further column in an object', columns({ o: columns({ a }) }), columns({ o: columns({ a, b }) })],
  [
    'a further column in the objects of an array',
    columns({ l: { type: 'array', items: columns({ a }) } }),
    columns({ l: { type: 'array', items: columns({ a, b }) } }),
  ],
  [
    'fewer required columns',
    columns({ a, b }, { required: ['a', 'b'] }),
    columns({ a, b }, { required: ['a'] }),
  ],
  ['nothing required any more', columns({ a }, { required: ['a'] }), columns({ a })],
  [
    'a further split',
    columns({ a }, { 'x-sdc-splits': {} }),
    columns({ a, b }, { 'x-sdc-splits': { a__st: 'a' } }),
  ],
  ['another title', columns({ a }), columns({ a: { ...a, title: 'A' } })],
])('%s only adds', (_, before, after) => {
  expect(addsOnly(before, after)).toBe(true);
});

test.each([
  ['a column less', columns({ a, b }), columns({ a })],
  ['another type', columns({ a }), columns({ a: { type: 'number' } })],
  ['a narrower limit', columns({ a }), columns({ a: { ...a, maximum: 5 } })],
  ['a further required column', columns({ a }), columns({ a, b }, { required: ['b'] })],
  ['a column that became an object', columns({ o: { type: 'object' } }), columns({ o: columns({ a }) })],
  ['no further fields', columns({ a }), columns({ a }, { additionalProperties: false })],
  ['a column of a name that objects inherit', columns({ constructor: a }), columns({ a })],
])('%s does more than add', (_, before, after) => {
  expect(addsOnly(before, after)).toBe(false);
});
