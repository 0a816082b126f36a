import { type JsonSchema, LIMIT, parseJson } from '@tap-webhooks/singer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';
import { columnsOf, nullable } from './fitting.js';

const MAX = 100;

function shapeOf(schema?: JsonSchema, maxMapKeys = MAX): StreamShape {
  return StreamShape.begin(schema, [], maxMapKeys);
}

function rowOf(shape: StreamShape, event: object): { [member: string]: unknown } {
  const text = JSON.stringify(event);
  return JSON.parse(shape.fit(text, parseJson(text)).row);
}

function restarted(shape: StreamShape, schema?: JsonSchema, maxMapKeys = MAX): StreamShape {
  return StreamShape.restore(JSON.parse(JSON.stringify(shape.save())), schema, [], maxMapKeys);
}

/** Returns `{ "<prefix>0": 1, … }`. */
function names(count: number, prefix: string): { [name: string]: number } {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 1]));
}

/** Names of the columns of the object in `lines`. */
function linesOf(shape: StreamShape): string[] {
  return Object.keys((columnsOf(shape).lines as { properties: object }).properties);
}

describe('an object whose names are ids', () => {
  it('stops getting columns at the tenth time that it comes with max_map_keys of them, and keeps the rest in its _sdc_extra', () => {
    const shape = shapeOf();
    for (let n = 0; n < 109; n += 1)
      expect(rowOf(shape, { lines: { [`id${n}`]: { qty: n } } })).toHaveProperty(`lines.id${n}`);
    for (let n = 109; n < 300; n += 1)
      expect(rowOf(shape, { n, lines: { [`id${n}`]: { qty: n } } })).toEqual({
        n,
        lines: { _sdc_extra: { [`id${n}`]: { qty: n } } },
      });
    expect(linesOf(shape)).toEqual([...Array.from({ length: 109 }, (_, n) => `id${n}`), '_sdc_extra']);
  });

  it('goes on filling the columns that it has', () => {
    const shape = shapeOf();
    for (let n = 0; n < 200; n += 1) rowOf(shape, { lines: { [`id${n}`]: 1 } });
    expect(rowOf(shape, { lines: { id5: 2, id500: 3 } })).toEqual({
      lines: { id5: 2, _sdc_extra: { id500: 3 } },
    });
    expect(rowOf(shape, { lines: { id5: 'text' } })).toEqual({ lines: { _sdc_extra: { id5: 'text' } } });
  });

  it('stops also when some of its names are fields that always come', () => {
    const shape = shapeOf();
    for (let n = 0; n < 300; n += 1) rowOf(shape, { type: 'x', shop: 1, [`id${n}`]: n });
    expect(Object.keys(columnsOf(shape))).toHaveLength(110); // 109 and _sdc_extra
    const few = shapeOf();
    for (let n = 0; n < 700; n += 1) rowOf(few, { ...names(30, 'field'), [`id${n}`]: n });
    expect(Object.keys(columnsOf(few))).toHaveLength(302); // more than ten times 30, and _sdc_extra
  });

  it('stops at any level, also in the items of arrays', () => {
    const shape = shapeOf();
    for (let n = 0; n < 150; n += 1)
      rowOf(shape, { list: [{ o: { [`a${n}`]: 1 } }, { o: { [`b${n}`]: 1 } }] });
    const { items } = columnsOf(shape).list as { items: { properties: { o: { properties: object } } } };
    expect(Object.keys(items.properties.o.properties)).toHaveLength(110);
  });

  it('gets a column for a name once a tenth of its names have come again', () => {
    const shape = shapeOf();
    for (let n = 0; n < 150; n += 1) rowOf(shape, { lines: { [`id${n}`]: 1 } });
    expect(rowOf(shape, { lines: { ...names(11, 'id'), late: 1 } })).toHaveProperty('lines.late');
  });

  it('gets one column without a type when the schema says that it is a map', () => {
    const schema = { properties: { lines: { type: 'object', additionalProperties: { type: 'object' } } } };
    const shape = shapeOf(schema);
    for (let n = 0; n < 150; n += 1) {
      const event = { lines: { [`id${n}`]: { qty: n } } };
      expect(rowOf(shape, event)).toEqual(event);
    }
    expect(columnsOf(shape)).toEqual({
      lines: { type: ['null', 'object'], additionalProperties: { type: 'object' } },
    });
  });
});

describe('an object of many fields', () => {
  it('gets a column for each, however many its first events have', () => {
    const shape = shapeOf();
    rowOf(shape, names(900, 'a'));
    for (let n = 0; n < 20; n += 1) rowOf(shape, { ...names(900, 'a'), [`more${n}`]: n });
    expect(Object.keys(columnsOf(shape))).toHaveLength(920);
  });

  it('gets a column for each when events of several kinds share few fields', () => {
    const shape = shapeOf();
    const kinds = ['a', 'b', 'c', 'd', 'e'];
    for (let n = 0; n < 40; n += 1)
      rowOf(shape, { type: 'x', ...names(60, kinds[n % kinds.length] as string) });
    expect(Object.keys(columnsOf(shape))).toHaveLength(301);
  });

  it('does not count columns of its schema', () => {
    const properties = Object.fromEntries(
      Object.keys(names(150, 'given')).map((name) => [name, nullable('integer')]),
    );
    let shape = shapeOf({ properties });
    for (let n = 0; n < 50; n += 1) rowOf(shape, { given1: 1, [`more${n}`]: n });
    shape = restarted(shape, { properties });
    for (let n = 50; n < 99; n += 1) rowOf(shape, { given1: 1, [`more${n}`]: n });
    expect(Object.keys(columnsOf(shape))).toHaveLength(249);
    expect(shape.save().names).toBeUndefined();
  });
});

describe('the counts of names', () => {
  it('are stored, so a restart after any event decides alike', () => {
    const event = fc.tuple(fc.nat(60), fc.nat(3)).map(([id, kind]) => {
      const some = { [`id${id}`]: 1, [`id${id + kind}`]: 'x' };
      return kind === 0 ? { some } : { some, list: [{ [`in${id}`]: kind }, some] };
    });
    const property = fc.property(fc.array(event, { minLength: 30, maxLength: 60 }), (events) => {
      const steady = shapeOf(undefined, 5);
      let other = shapeOf(undefined, 5);
      for (const one of events) {
        expect(rowOf(other, one)).toEqual(rowOf(steady, one));
        other = restarted(other, undefined, 5);
      }
      expect(other.save()).toEqual(steady.save());
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('are few: a tenth of the names that an object can have', () => {
    const shape = shapeOf();
    for (let n = 0; n < 20; n += 1) rowOf(shape, { ...names(900, 'a'), [`more${n}`]: n });
    const [saved] = Object.values(shape.save().names ?? {});
    expect(saved?.times).toBe(10);
    expect(saved?.again.length).toBe(LIMIT.columnsPerObject / 10);
  });

  it('are forgotten, and the object gets columns again, when max_map_keys is raised', () => {
    const shape = shapeOf();
    for (let n = 0; n < 150; n += 1) rowOf(shape, { lines: { [`id${n}`]: 1 } });
    const raised = restarted(shape, undefined, 1000);
    rowOf(raised, { lines: { id200: 1 } });
    expect(linesOf(raised)).toContain('id200');
    expect(raised.save().names).toBeUndefined();
  });
});
