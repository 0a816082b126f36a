import type { JsonSchema } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { describe, expect, it } from 'vitest';
import { type SavedShape, StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';
import { array, columnsOf, fitInto, nullable, object, shapeOf } from './fitting.js';

const stored = (shape: StreamShape): SavedShape => JSON.parse(JSON.stringify(shape.save()));

describe('a restored shape', () => {
  it('equals the saved one', () => {
    const shape = shapeOf({ title: 'T', properties: { k: { type: 'string' }, m: { anyOf: [{}] } } }, ['k']);
    fitInto(shape, '{"k":"1","__proto__":{"constructor":1},"7":[{"b":1}],"s":1,"l":[1]}');
    fitInto(shape, '{"k":"2","s":"x","l":["x"],"7":[{"b":{"c":1}}],"u":[1,"x"]}');
    const restored = StreamShape.restore(stored(shape), undefined, ['k']);
    expect(JSON.stringify(restored.save())).toBe(JSON.stringify(shape.save()));
    const event = '{"k":"3","s":true,"l":["y"],"__proto__":{"constructor":"x"}}';
    expect(fitInto(restored, event)).toEqual(fitInto(shape, event));
    expect(JSON.stringify(restored.save())).toBe(JSON.stringify(shape.save()));
  });

  it('gains the columns that its schema has gained, at every level', () => {
    const shape = shapeOf({ properties: { a: { type: 'integer' } } });
    fitInto(shape, '{"o":{"b":1},"l":[{"c":1}]}');
    const base: JsonSchema = {
      properties: {
        z: { type: 'string', format: 'date-time' },
        a: { type: 'integer' },
        o: { type: 'object', properties: { y: { type: 'boolean' } } },
        l: { type: 'array', items: { type: 'object', properties: { x: { type: 'number' } } } },
      },
    };
    expect(Object.entries(columnsOf(StreamShape.restore(stored(shape), base, [])))).toEqual([
      ['a', nullable('integer')],
      ['o', object({ b: nullable('integer'), y: nullable('boolean') })],
      ['l', array(object({ c: nullable('integer'), x: nullable('number') }))],
      ['z', { ...nullable('string'), format: 'date-time' }],
    ]);
  });

  it('never changes the type of a column that it has', () => {
    const shape = shapeOf({ properties: { a: { type: 'integer' }, b: { type: 'string' } } });
    const base = { properties: { a: { type: 'string' }, b: { type: 'string', format: 'date-time' } } };
    const restored = StreamShape.restore(stored(shape), base, []);
    expect(columnsOf(restored)).toEqual({ a: nullable('integer'), b: nullable('string') });
    expect(fitInto(restored, '{"a":"x"}').row).toBe('{"a__st":"x"}');
  });

  it('keeps columns that its schema has lost', () => {
    const shape = shapeOf({ properties: { a: { type: 'integer' } } });
    expect(columnsOf(StreamShape.restore(stored(shape), { properties: {} }, []))).toEqual({
      a: nullable('integer'),
    });
  });

  it('does not report columns added at the restart as new', () => {
    const restored = StreamShape.restore(stored(shapeOf()), { properties: { a: { type: 'integer' } } }, []);
    expect(fitInto(restored, '{"a":1}').grew).toBe(false);
    expect(fitInto(restored, '{"_sdc_a":null}').grew).toBe(false);
  });

  it('keeps the definitions that its columns refer to, old and new', () => {
    const before = { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } };
    const after = { properties: { b: { $ref: '#/$defs/b' } }, $defs: { b: { type: 'integer' } } };
    const { schema } = StreamShape.restore(stored(shapeOf(before)), after, []).save();
    expect(compileSchema(schema).check({ a: 'x', b: 1 })).toBeUndefined();
    expect(compileSchema(schema).check({ a: 'x', b: 'y' })).toMatch(/^\/b /);
  });
});
