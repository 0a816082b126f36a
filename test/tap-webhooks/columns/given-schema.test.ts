import type { JsonSchema } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import { array, columnsOf, fitInto, nullable, object, shapeOf } from './fitting.js';

function given(properties: JsonSchema) {
  return shapeOf({ type: 'object', properties });
}

describe('a given schema', () => {
  it('gives the first columns in its order, and events add more', () => {
    const shape = given({ b: { type: 'string' }, a: { type: 'integer' } });
    expect(fitInto(shape, '{"c":1,"a":1.5,"b":true}').row).toBe('{"c":1,"a":1.5,"b__bo":true}');
    expect(Object.entries(columnsOf(shape))).toEqual([
      ['b', nullable('string')],
      ['a', nullable('number')],
      ['c', nullable('integer')],
      ['b__bo', nullable('boolean')],
    ]);
  });

  it('keeps the keywords of its columns', () => {
    const a = { type: 'string', title: 'A', description: 'an a', format: 'email', maxLength: 9 };
    expect(columnsOf(given({ a }))).toEqual({ a: { ...a, type: ['null', 'string'] } });
  });

  it('keeps its own keywords', () => {
    const shape = shapeOf({ $id: 'urn:x', title: 'T', properties: {}, $defs: { d: { type: 'string' } } });
    expect(shape.save().schema).toEqual({
      type: 'object',
      $id: 'urn:x',
      title: 'T',
      $defs: { d: { type: 'string' } },
    });
  });

  it('allows null in every column', () => {
    expect(
      columnsOf(given({ a: { type: 'string', enum: ['x'] }, b: { const: 1, type: 'integer' } })),
    ).toEqual({
      a: { type: ['null', 'string'], enum: ['x', null] },
      b: { type: ['null', 'integer'], enum: [1, null] },
    });
  });

  it('loses its rules about which members an object must have', () => {
    const closed = {
      type: 'object',
      required: ['a'],
      additionalProperties: false,
      properties: { a: { type: 'integer' } },
    };
    const shape = shapeOf({ ...closed, properties: { o: closed } });
    expect(shape.save().schema).toEqual({
      type: 'object',
      properties: { o: object({ a: nullable('integer') }) },
    });
  });

  it('loses the keywords of the tap itself', () => {
    expect(shapeOf({ 'x-sdc-splits': { a__st: 'a' } }).save().schema).toEqual({ type: 'object' });
  });

  it('gives columns within objects and arrays', () => {
    const shape = given({
      o: { type: 'object', properties: { a: { type: 'string', format: 'date-time' } } },
      l: { type: 'array', minItems: 1, items: { type: 'object', properties: { b: { type: 'number' } } } },
    });
    expect(fitInto(shape, '{"o":{"a":"soon"},"l":[{"b":1}]}').row).toBe(
      '{"o":{"a__st":"soon"},"l":[{"b":1}]}',
    );
    expect(columnsOf(shape)).toEqual({
      o: object({ a: { ...nullable('string'), format: 'date-time' }, a__st: nullable('string') }),
      l: { ...array(object({ b: nullable('number') })), minItems: 1 },
    });
  });

  it('may say nothing about the contents of objects and arrays', () => {
    const shape = given({ o: { type: 'object' }, l: { type: 'array' } });
    expect(columnsOf(shape)).toEqual({ o: nullable('object'), l: nullable('array') });
    expect(fitInto(shape, '{"o":{"a":1},"l":["x"]}').grew).toBe(true);
    expect(columnsOf(shape)).toEqual({ o: object({ a: nullable('integer') }), l: array(nullable('string')) });
  });

  it('gives no column for a property that may only be null', () => {
    const shape = given({ a: { type: 'null' }, b: false });
    expect(columnsOf(shape)).toEqual({});
    expect(fitInto(shape, '{"a":1}').row).toBe('{"a":1}');
  });
});

describe('a property that no plain column can express', () => {
  it.each<JsonSchema>([
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
    { oneOf: [{ type: 'string' }], type: 'string' },
    { $ref: '#/$defs/d' },
    { enum: ['x', 1] },
    { type: 'string', enum: ['x', 1] },
    { type: ['string', 'integer'] },
    { description: 'anything' },
    {},
  ])('keeps every value as it was sent: %j', (a) => {
    const shape = given({ a });
    for (const value of ['"x"', '1', '1.5', '1e400', '{"_sdc_b":1}', '[1,"x",{"c__st":[]}]', 'null']) {
      expect(fitInto(shape, `{"a":${value}}`)).toEqual({ row: `{"a":${value}}`, grew: false });
    }
    expect(columnsOf(shape)).toEqual({ a });
  });

  it('is a column without a type when its schema is `true`', () => {
    expect(columnsOf(given({ a: true }))).toEqual({ a: {} });
  });

  it('still loses the white space of its values', () => {
    expect(fitInto(given({ a: {} }), '{"a":{ "b" : [ 1 ] }}').row).toBe('{"a":{"b":[1]}}');
  });

  it('may be an object whose names are data: it has no inner columns, and other types are split', () => {
    const shape = given({ a: { type: 'object', additionalProperties: { type: 'string' } } });
    expect(fitInto(shape, '{"a":{"x-1":"y","_sdc":2}}')).toEqual({
      row: '{"a":{"x-1":"y","_sdc":2}}',
      grew: false,
    });
    expect(fitInto(shape, '{"a":1}').row).toBe('{"a__it":1}');
    expect(columnsOf(shape).a).toEqual({
      type: ['null', 'object'],
      additionalProperties: { type: 'string' },
    });
  });

  it('may be an array with one schema per position', () => {
    const shape = given({ a: { type: 'array', items: [{ type: 'string' }, { type: 'integer' }] } });
    expect(fitInto(shape, '{"a":["x",1]}')).toEqual({ row: '{"a":["x",1]}', grew: false });
    expect(fitInto(shape, '{"a":{"b":1}}').row).toBe('{"a__re":{"b":1}}');
  });
});

describe('a date-time column of a given schema', () => {
  const moment = { type: 'string', format: 'date-time' };

  it.each([
    '2026-01-02T03:04:05Z',
    '2026-01-02t03:04:05.123456789z',
    '2024-02-29T23:59:59+23:59',
    '0001-01-01T00:00:00-08:00',
  ])('takes an RFC 3339 date-time: %s', (value) => {
    expect(fitInto(given({ a: moment }), `{"a":"${value}"}`)).toEqual({
      row: `{"a":"${value}"}`,
      grew: false,
    });
  });

  it('takes a date-time that is written with escapes', () => {
    expect(fitInto(given({ a: moment }), '{"a":"\\u0032026-01-02T03:04:05Z"}').grew).toBe(false);
  });

  it.each([
    '',
    'soon',
    '2026-01-02',
    '2026-01-02T03:04:05',
    '2026-01-02 03:04:05Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-02T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '0000-01-01T00:00:00Z',
    '2026-01-02T03:04:05Z\\n',
  ])('sends other text to a split column: %j', (value) => {
    const shape = given({ a: moment });
    expect(fitInto(shape, `{"a":"${value}"}`).row).toBe(`{"a__st":"${value}"}`);
    expect(shape.save().splits).toEqual({ a__st: 'a' });
  });

  it('is not needed for a date-time: a text column takes it', () => {
    expect(fitInto(given({ a: { type: 'string' } }), '{"a":"2026-01-02T03:04:05Z"}').grew).toBe(false);
  });

  it('moves a whole array when one item is not a date-time', () => {
    const shape = given({ a: { type: 'array', items: moment } });
    expect(fitInto(shape, '{"a":["2026-01-02T03:04:05Z","soon"]}').row).toBe(
      '{"a__js":["2026-01-02T03:04:05Z","soon"]}',
    );
  });
});
