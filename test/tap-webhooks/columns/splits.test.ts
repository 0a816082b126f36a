import { describe, expect, it } from 'vitest';
import { array, columns, columnsOf, fitInto, nullable, object, rows, shapeOf } from './fitting.js';

describe('a value of another type', () => {
  it.each([
    ['"x"', '1', 'a__it', nullable('integer')],
    ['"x"', '1.5', 'a__nu', nullable('number')],
    ['1', '"x"', 'a__st', nullable('string')],
    ['1', 'true', 'a__bo', nullable('boolean')],
    ['1', '{"b":1}', 'a__re', object({ b: nullable('integer') })],
    ['1', '[1]', 'a__ar', array(nullable('integer'))],
    ['{"b":1}', '"x"', 'a__st', nullable('string')],
    ['[1]', '1', 'a__it', nullable('integer')],
    ['[1]', '{"b":1}', 'a__re', object({ b: nullable('integer') })],
  ])('after %s, %s, moves to %s', (first, second, column, schema) => {
    const shape = shapeOf();
    fitInto(shape, `{"a":${first}}`);
    expect(fitInto(shape, `{"a":${second}}`)).toEqual({ row: `{"${column}":${second}}`, grew: true });
    expect(fitInto(shape, `{"a":${second}}`)).toEqual({ row: `{"${column}":${second}}`, grew: false });
    expect(fitInto(shape, `{"a":${first}}`).row).toBe(`{"a":${first}}`);
    expect(columnsOf(shape)[column]).toEqual(schema);
    expect(shape.save().splits).toEqual({ [column]: 'a' });
  });

  it('goes to the existing numeric column', () => {
    expect(rows('{"a":"x"}', '{"a":1}', '{"a":1.5}')).toEqual(['{"a":"x"}', '{"a__it":1}', '{"a__it":1.5}']);
    expect(rows('{"a":"x"}', '{"a":1.5}', '{"a":1}')).toEqual(['{"a":"x"}', '{"a__nu":1.5}', '{"a__nu":1}']);
  });

  it('is split at its own level', () => {
    const shape = shapeOf();
    fitInto(shape, '{"a":{"b":1},"l":[{"c":{"d":1}}]}');
    expect(fitInto(shape, '{"a":{"b":"x"},"l":[{"c":{"d":1}},{"c":{"d":true}}]}').row).toBe(
      '{"a":{"b__st":"x"},"l":[{"c":{"d":1}},{"c":{"d__bo":true}}]}',
    );
    expect(shape.save().splits).toEqual({ 'a.b__st': 'a.b', 'l.c.d__bo': 'l.c.d' });
    expect(columnsOf(shape)).toEqual({
      a: object({ b: nullable('integer'), b__st: nullable('string') }),
      l: array(object({ c: object({ d: nullable('integer'), d__bo: nullable('boolean') }) })),
    });
  });

  it('is also split within a split column', () => {
    const shape = shapeOf();
    for (const text of ['{"a":1}', '{"a":{"b":1}}']) fitInto(shape, text);
    expect(fitInto(shape, '{"a":{"b":"x"}}').row).toBe('{"a__re":{"b__st":"x"}}');
    expect(shape.save().splits).toEqual({ a__re: 'a', 'a__re.b__st': 'a__re.b' });
  });

  it('without a type moves too, and no column is created', () => {
    const shape = shapeOf();
    fitInto(shape, '{"a":1}');
    expect(fitInto(shape, '{"a":{}}')).toEqual({ row: '{"a__re":{}}', grew: false });
    expect(fitInto(shape, '{"a":[null]}')).toEqual({ row: '{"a__ar":[null]}', grew: false });
    expect(columnsOf(shape)).toEqual({ a: nullable('integer') });
    expect(shape.save().splits).toEqual({});
  });

  it('does not move when it is null', () => {
    expect(rows('{"a":1}', '{"a":"x"}', '{"a":null}')[2]).toBe('{"a":null}');
  });
});

describe('an array', () => {
  it.each(['[1,"x"]', '[{"b":1},2]', '[[1],["x"]]', '[{},1]', '["x",[]]'])(
    'of several types at birth has items of no type: %s',
    (value) => {
      expect(columns(`{"a":${value}}`)).toEqual({ a: array({}) });
      expect(rows(`{"a":${value}}`, `{"a":${value}}`)).toEqual([`{"a":${value}}`, `{"a":${value}}`]);
    },
  );

  it.each([
    ['[1]', '[2,"x"]'],
    ['[1]', '["x"]'],
    ['[1]', '[1e400]'],
    ['[[1]]', '[[1],["x"]]'],
    ['[{"b":1}]', '[{"b":1},2]'],
    ['[1]', '[[1]]'],
  ])('of %s: %s moves to a column without a type', (first, second) => {
    const shape = shapeOf();
    fitInto(shape, `{"a":${first}}`);
    expect(fitInto(shape, `{"a":${second}}`)).toEqual({ row: `{"a__js":${second}}`, grew: true });
    expect(fitInto(shape, `{"a":${second}}`)).toEqual({ row: `{"a__js":${second}}`, grew: false });
    expect(columnsOf(shape).a__js).toEqual({});
    expect(shape.save().splits).toEqual({ a__js: 'a' });
  });

  it('that does not fit leaves the item columns unchanged', () => {
    expect(columns('{"a":[{"b":1}]}', '{"a":[{"c":1},"x"]}').a).toEqual(
      array(object({ b: nullable('integer') })),
    );
    expect(columns('{"a":[1]}', '{"a":[1.5,"x"]}').a).toEqual(array(nullable('integer')));
  });

  it('that fits neither its column nor the split one moves to the column without a type', () => {
    expect(rows('{"a":"x"}', '{"a":[1]}', '{"a":["y"]}')).toEqual([
      '{"a":"x"}',
      '{"a__ar":[1]}',
      '{"a__js":["y"]}',
    ]);
  });

  it('merges the columns of its objects', () => {
    expect(columns('{"a":[{"b":1}]}', '{"a":[{"c":1},null,{"b":2.5}]}')).toEqual({
      a: array(object({ b: nullable('number'), c: nullable('integer') })),
    });
  });

  it('may contain null and empty values anywhere', () => {
    expect(rows('{"a":[[1]]}', '{"a":[null,[],[null]]}')[1]).toBe('{"a":[null,[],[null]]}');
  });

  it('without a type that does not fit moves, and no column is created', () => {
    const shape = shapeOf();
    fitInto(shape, '{"a":[1]}');
    expect(fitInto(shape, '{"a":[{}]}')).toEqual({ row: '{"a__js":[{}]}', grew: false });
    expect(columnsOf(shape)).toEqual({ a: array(nullable('integer')) });
  });
});
