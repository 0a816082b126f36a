import { describe, expect, it } from 'vitest';
import { array, columns, fitInto, nullable, object, rows, shapeOf } from './fitting.js';

describe('a column', () => {
  it.each([
    ['1', nullable('integer')],
    ['-0', nullable('integer')],
    ['1.0', nullable('number')],
    ['1e2', nullable('number')],
    ['"x"', nullable('string')],
    ['true', nullable('boolean')],
    ['{"b":1}', object({ b: nullable('integer') })],
    ['["x"]', array(nullable('string'))],
    ['[{"b":1},{"c":"x"}]', array(object({ b: nullable('integer'), c: nullable('string') }))],
    ['[[1],[2]]', array(array(nullable('integer')))],
  ])('is created with the type of its first value, %s', (value, schema) => {
    expect(columns(`{"a":${value}}`)).toEqual({ a: schema });
  });

  it.each(['null', '[]', '{}', '[null]', '[[]]', '[{}]', '{"b":null}', '{"b":{"c":[]}}'])(
    'is not created for %s, which stays in the row',
    (value) => {
      const shape = shapeOf();
      expect(fitInto(shape, `{"a":${value}}`)).toEqual({ row: `{"a":${value}}`, grew: false });
      expect(shape.save()).toEqual({ schema: { type: 'object' }, splits: {} });
    },
  );

  it('is created when a typed value follows values without a type', () => {
    expect(columns('{"a":[]}', '{"a":null}', '{"a":"x"}')).toEqual({ a: nullable('string') });
  });

  it('of an object has no columns for members without a type', () => {
    expect(columns('{"a":{"b":1,"c":null,"d":{}}}')).toEqual({ a: object({ b: nullable('integer') }) });
  });

  it('stays text for ISO 8601 text', () => {
    expect(columns('{"a":"2026-01-02T03:04:05Z"}')).toEqual({ a: nullable('string') });
  });

  it('is reported once, by the event that created it', () => {
    const shape = shapeOf();
    expect(fitInto(shape, '{"a":1}').grew).toBe(true);
    expect(fitInto(shape, '{"a":2}').grew).toBe(false);
    expect(fitInto(shape, '{"a":null}').grew).toBe(false);
    expect(fitInto(shape, '{"a":2,"b":{"c":1}}').grew).toBe(true);
    expect(fitInto(shape, '{"b":{"c":2}}').grew).toBe(false);
  });

  it('is added after the existing ones', () => {
    expect(Object.keys(columns('{"b":1}', '{"c":1,"a":1}', '{"b":"x"}'))).toEqual(['b', 'c', 'a', 'b__st']);
  });

  it('is one of two when names differ in letter case only', () => {
    expect(Object.keys(columns('{"id":1,"ID":"x"}'))).toEqual(['id', 'ID']);
  });
});

describe('a row', () => {
  it('is the text itself when nothing has to change', () => {
    const text = '{"a":1.50,"b":"\\u0061\\/ \\ud800","c":[1,{"d":-0}]}';
    expect(rows(text, text)).toEqual([text, text]);
  });

  it('has no white space outside strings', () => {
    expect(rows('{ "a" : [ 1 ,\t2 ] ,\r\n "b" : " x " , "c" : { } , "d" : [ ] }')).toEqual([
      '{"a":[1,2],"b":" x ","c":{},"d":[]}',
    ]);
    expect(rows('{"a":1}', '{ "a":1}', '{"a":1 }')[2]).toBe('{"a":1}');
  });

  it('keeps the last value of a repeated name', () => {
    expect(rows('{"a":1,"b":2,"a":3}', '{"a":1,"b":2,"\\u0061":3}')).toEqual([
      '{"a":3,"b":2}',
      '{"\\u0061":3,"b":2}',
    ]);
  });

  it('keeps the order of its members', () => {
    expect(rows('{"a":1,"b":1}', '{"b":1,"a":"x","c":1}')[1]).toBe('{"b":1,"a__st":"x","c":1}');
  });

  it('may be empty', () => {
    expect(rows('{}', '{ }')).toEqual(['{}', '{}']);
  });
});
