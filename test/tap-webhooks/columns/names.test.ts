import { columnName } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import { columns, columnsOf, fitInto, nullable, rows, shapeOf } from './fitting.js';

describe('a reserved name', () => {
  it.each([
    ['_sdc_position', 'x_sdc_position'],
    ['__sdc_primary_key', 'x__sdc_primary_key'],
    ['_SDC_Position', 'x_SDC_Position'],
    ['x_sdc_position', 'xx_sdc_position'],
    ['X__sdc', 'xX__sdc'],
    ['_sdc', 'x_sdc'],
    ['score__st', 'score__st_'],
    ['score__ST', 'score__ST_'],
    ['score__st_', 'score__st__'],
    ['__js', '__js_'],
    ['_sdc_a__it', 'x_sdc_a__it_'],
  ])('%s is renamed to %s', (name, column) => expect(columnName(name)).toBe(column));

  it.each(['it', 'nu', 'fl', 'st', 'bo', 're', 'ar', 'ti', 'js'])(
    'is renamed when it ends in __%s',
    (suffix) => {
      expect(columnName(`a__${suffix}`)).toBe(`a__${suffix}_`);
    },
  );

  it.each(['sdc', 'a_sdc', '___sdc', 'xsdc', 'a_st', 'a__sta', 'a__xx', '', '__proto__'])(
    'is not: %j',
    (name) => expect(columnName(name)).toBe(name),
  );

  it('is renamed at every level, whatever its value', () => {
    expect(rows('{"_sdc_a":1,"b":{"_sdc_c":null},"d":[{"e__st":1}],"f":{"_sdc_g":[]}}')).toEqual([
      '{"x_sdc_a":1,"b":{"x_sdc_c":null},"d":[{"e__st_":1}],"f":{"x_sdc_g":[]}}',
    ]);
  });

  it('is renamed after its escapes are decoded', () => {
    expect(rows('{"\\u005fsdc_position":1}')).toEqual(['{"x_sdc_position":1}']);
  });

  it('is escaped in the row where needed', () => {
    expect(rows('{"_sdc\\"\\n\\\\":1,"_sdc\\ud800":2}')).toEqual(['{"x_sdc\\"\\n\\\\":1,"x_sdc\\ud800":2}']);
  });

  it('never becomes the name of a split column', () => {
    const shape = shapeOf();
    fitInto(shape, '{"a":1}');
    expect(fitInto(shape, '{"a":"x","a__st":"y","a__st_":"z"}').row).toBe(
      '{"a__st":"x","a__st_":"y","a__st__":"z"}',
    );
    expect(shape.save().splits).toEqual({ a__st: 'a' });
  });

  it('can be split like any other', () => {
    const shape = shapeOf();
    fitInto(shape, '{"_sdc_a":1,"b__it":1}');
    expect(fitInto(shape, '{"_sdc_a":"x","b__it":"y"}').row).toBe('{"x_sdc_a__st":"x","b__it___st":"y"}');
    expect(shape.save().splits).toEqual({ x_sdc_a__st: 'x_sdc_a', b__it___st: 'b__it_' });
  });

  it("in a schema means the sender's field of that name", () => {
    const shape = shapeOf({ properties: { _sdc_a: { type: 'integer' } } });
    expect(fitInto(shape, '{"_sdc_a":1}')).toEqual({ row: '{"x_sdc_a":1}', grew: false });
  });
});

describe('a column', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '0', '10', 'a.b', '\u2028', '😀'])(
    'may have the name %j',
    (name) => {
      const text = `{${JSON.stringify(name)}:{${JSON.stringify(name)}:1}}`;
      const properties = columnsOf(grown(text));
      expect(rows(text, text)).toEqual([text, text]);
      expect(Object.hasOwn(properties, name)).toBe(true);
      expect(JSON.stringify(properties)).toBe(
        `{${JSON.stringify(name)}:{"type":["null","object"],"properties":{${JSON.stringify(name)}:{"type":["null","integer"]}}}}`,
      );
    },
  );

  it('with an unusual name can be split', () => {
    expect(rows('{"__proto__":1}', '{"__proto__":{"__proto__":"x"}}')[1]).toBe(
      '{"__proto____re":{"__proto__":"x"}}',
    );
  });

  it('with an empty name can be split', () => {
    const shape = grown('{"":1}');
    expect(fitInto(shape, '{"":"x"}').row).toBe('{"__st":"x"}');
    expect(shape.save().splits).toEqual({ __st: '' });
  });

  it('may have quotes and line ends in its name', () => {
    expect(rows('{"\\"\\n":1}', '{"\\"\\n":"x"}')).toEqual(['{"\\"\\n":1}', '{"\\"\\n__st":"x"}']);
    expect(columns('{"\\"\\n":1}')).toEqual({ '"\n': nullable('integer') });
  });
});

function grown(text: string) {
  const shape = shapeOf();
  fitInto(shape, text);
  return shape;
}
