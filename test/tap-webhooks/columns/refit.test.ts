import { compileSchema } from '@tap-webhooks/singer/validate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitInto, shapeOf } from './fitting.js';

/** Fits an event, then others, and returns the first row as it is after them. */
function afterwards(event: string, ...later: string[]): string {
  const shape = shapeOf();
  const { row } = fitInto(shape, event);
  for (const text of later) fitInto(shape, text);
  return shape.refit(row);
}

describe('a row that is fitted again', () => {
  it('stays as it is when every value still fits', () => {
    for (const row of ['{"a":1,"b":[1,2],"c":{"d":"x"}}', '{"a":null,"l":[null]}', '{"text":"[]{}null]"}'])
      expect(afterwards(row, '{"a":1.5,"l":["x"],"more":[{}]}')).toBe(row);
  });

  it('has an empty object in the split column once its name has a column of another type', () => {
    expect(afterwards('{"a":{}}', '{"a":"text"}')).toBe('{"a__re":{}}');
    expect(afterwards('{"a":{"b":null}}', '{"a":1}')).toBe('{"a__re":{"b":null}}');
    expect(afterwards('{"a":{}}', '{"a":[1]}', '{"a":{"b":1}}')).toBe('{"a__re":{}}');
  });

  it('has an empty array in the split column once its name has a column of another type', () => {
    expect(afterwards('{"l":[]}', '{"l":"text"}')).toBe('{"l__ar":[]}');
    expect(afterwards('{"l":[]}', '{"l":{"b":1}}')).toBe('{"l__ar":[]}');
    expect(afterwards('{"l":[{}]}', '{"l":["text"]}')).toBe('{"l__js":[{}]}');
    expect(afterwards('{"l":[[]]}', '{"l":[1]}', '{"l":[[1]]}')).toBe('{"l__js":[[]]}');
  });

  it('keeps an empty value whose name has a column of its kind', () => {
    expect(afterwards('{"a":{},"l":[]}', '{"a":{"b":1},"l":[1]}')).toBe('{"a":{},"l":[]}');
    expect(afterwards('{"l":[{}]}', '{"l":[{"b":1}]}')).toBe('{"l":[{}]}');
  });

  it('is fitted at every level, also in the items of arrays', () => {
    expect(afterwards('{"o":{"a":{},"n":1}}', '{"o":{"a":"text"}}')).toBe('{"o":{"a__re":{},"n":1}}');
    expect(afterwards('{"o":[{"a":[]},null,{"n":1}]}', '{"o":[{"a":"text"}]}')).toBe(
      '{"o":[{"a__ar":[]},null,{"n":1}]}',
    );
    expect(afterwards('{"o":{"p":{"a":{}}}}', '{"o":{"p":{"a":1}}}')).toBe('{"o":{"p":{"a__re":{}}}}');
  });

  it('goes on from the split column that it was in, when that one does not take it either', () => {
    expect(afterwards('{"a":"x","l":1}', '{"l":[1]}')).toBe('{"a":"x","l":1}');
    const shape = shapeOf();
    fitInto(shape, '{"a":"text"}');
    const { row } = fitInto(shape, '{"a":[{}]}');
    expect(row).toBe('{"a__ar":[{}]}');
    fitInto(shape, '{"a":[1]}');
    expect(shape.refit(row)).toBe('{"a__js":[{}]}');
  });

  it('keeps what has a column already as it was written: renamed members, splits and _sdc_extra', () => {
    const shape = shapeOf();
    fitInto(shape, '{"a":1}');
    const { row } = fitInto(shape, `{"_sdc_a":{},"a__st":1,"a":"x","${'n'.repeat(1025)}":{"b":1},"e":{}}`);
    expect(row).toContain('"_sdc_extra":{"nnn');
    fitInto(shape, '{"e":1}');
    expect(shape.refit(row)).toBe(row.replace('"e":{}', '"e__re":{}'));
  });

  it('may have one level more than an event, the object in _sdc_extra', () => {
    const shape = shapeOf();
    const deepest = `{"${'n'.repeat(1025)}":${'['.repeat(99)}1${']'.repeat(99)},"e":{}}`;
    const { row } = fitInto(shape, deepest);
    fitInto(shape, '{"e":1}');
    expect(shape.refit(row)).toContain('"e__re":{}');
  });

  it('fits the columns of all events, whatever came in which order', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constantFrom<unknown>(null, {}, [], 1, 1.5, 'x', true),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    const event = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { minKeys: 1, maxKeys: 3 });
    fc.assert(
      fc.property(fc.array(event, { minLength: 2, maxLength: 6 }), (events) => {
        const shape = shapeOf();
        const rows = events.map((one) => fitInto(shape, JSON.stringify(one)).row);
        const { check } = compileSchema(shape.save().schema);
        const again = rows.map((row) => shape.refit(row));
        expect(again.map((row) => check(JSON.parse(row)))).toEqual(events.map(() => undefined));
        expect(again.map((row) => shape.refit(row))).toEqual(again);
        expect(again).toEqual(events.map((one) => fitInto(shape, JSON.stringify(one)).row));
      }),
      { numRuns: 300 },
    );
  });
});
