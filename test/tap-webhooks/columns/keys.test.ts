import { describe, expect, it } from 'vitest';
import { InvalidKey } from '../../../packages/tap-webhooks/dist/columns/keys.js';
import { StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';
import { columnsOf, fitInto, nullable, shapeOf } from './fitting.js';

describe('a key field', () => {
  it.each(['"x"', '1', '1.5', 'false', '""', '0'])('may be %s', (value) => {
    expect(fitInto(shapeOf(undefined, ['id']), `{"id":${value}}`).row).toBe(`{"id":${value}}`);
  });

  it.each([
    ['{}', 'The key field "id" is missing.'],
    ['{"id":null}', 'The key field "id" is null.'],
    ['{"id":{"a":1}}', 'The key field "id" is an object; a key is a string, a number or a boolean.'],
    ['{"id":[1]}', 'The key field "id" is an array; a key is a string, a number or a boolean.'],
    ['{"id":1e400}', 'The key field "id" is a number that no column holds exactly.'],
    ['{"id":1,"id":null}', 'The key field "id" is null.'],
  ])('is refused in %s', (text, reason) => {
    expect(() => fitInto(shapeOf(undefined, ['id']), text)).toThrow(
      expect.objectContaining({ name: 'InvalidKey', reason }),
    );
  });

  it.each([
    ['1', '"x"', 'The key field "id" is a string, which its column of type integer does not take.'],
    ['"x"', '1', 'The key field "id" is a number, which its column of type string does not take.'],
    ['"x"', '1e400', 'The key field "id" is a number that no column holds exactly.'],
    ['1', 'true', 'The key field "id" is a boolean, which its column of type integer does not take.'],
  ])('that was %s may not become %s: it is never split', (first, second, reason) => {
    const shape = shapeOf(undefined, ['id']);
    fitInto(shape, `{"id":${first}}`);
    expect(() => fitInto(shape, `{"id":${second}}`)).toThrow(reason);
  });

  it('may turn from integer to number', () => {
    const shape = shapeOf(undefined, ['id']);
    fitInto(shape, '{"id":1}');
    expect(fitInto(shape, '{"id":1.5}').row).toBe('{"id":1.5}');
    expect(columnsOf(shape)).toEqual({ id: nullable('number') });
  });

  it('keeps the type that a schema gives it', () => {
    const shape = shapeOf(
      { properties: { id: { type: 'string' }, at: { type: 'string', format: 'date-time' } } },
      ['id', 'at'],
    );
    expect(columnsOf(shape)).toEqual({ id: { type: 'string' }, at: { type: 'string', format: 'date-time' } });
    expect(() => fitInto(shape, '{"id":1,"at":"2026-01-02T03:04:05Z"}')).toThrow(InvalidKey);
    expect(() => fitInto(shape, '{"id":"1","at":"soon"}')).toThrow(InvalidKey);
    expect(fitInto(shape, '{"id":"1","at":"2026-01-02T03:04:05Z"}').grew).toBe(false);
  });

  it('is renamed like any other', () => {
    const shape = shapeOf(undefined, ['_sdc_id']);
    expect(fitInto(shape, '{"_sdc_id":1}').row).toBe('{"x_sdc_id":1}');
    expect(() => fitInto(shape, '{"_sdc_id":"x"}')).toThrow(InvalidKey);
  });

  it('is a top-level field only', () => {
    expect(() => fitInto(shapeOf(undefined, ['id']), '{"a":{"id":1}}')).toThrow(InvalidKey);
    expect(fitInto(shapeOf(undefined, ['id']), '{"id":1,"a":{"id":null}}').row).toBe(
      '{"id":1,"a":{"id":null}}',
    );
  });

  it('that is refused changes no column', () => {
    const shape = shapeOf(undefined, ['id', 'no']);
    fitInto(shape, '{"id":1,"no":1,"a":1}');
    const before = JSON.stringify(shape.save());
    expect(() => fitInto(shape, '{"b":true,"a":1.5,"id":2.5,"no":"x"}')).toThrow(InvalidKey);
    expect(JSON.stringify(shape.save())).toBe(before);
    expect(fitInto(shape, '{"id":1,"no":1}').grew).toBe(false);
  });

  it('is still checked after a restart', () => {
    const shape = shapeOf(undefined, ['id']);
    fitInto(shape, '{"id":1}');
    const restored = StreamShape.restore(shape.save(), undefined, ['id']);
    expect(() => fitInto(restored, '{"id":"x"}')).toThrow(InvalidKey);
  });
});
