import { compileSchema } from '@tap-webhooks/singer/validate';
import { expect, it } from 'vitest';

/** A part of a schema, and how often its rules were read. */
function counted(rules: object) {
  const part = { reads: 0, schema: {} };
  for (const [keyword, value] of Object.entries(rules)) {
    const get = () => {
      part.reads += 1;
      return value;
    };
    Object.defineProperty(part.schema, keyword, { get, enumerable: true });
  }
  return part;
}

it('a part of a schema is prepared once, though further schemas have it too', () => {
  const part = counted({ type: 'object', properties: { b: { type: 'string', format: 'date' } } });
  const first = compileSchema({ type: 'object', properties: { a: part.schema } });
  const { reads } = part;
  expect(reads).toBeGreaterThan(0);
  const second = compileSchema({ type: 'object', properties: { a: part.schema, c: { type: 'integer' } } });
  expect(part.reads).toBe(reads);
  for (const { check } of [first, second]) {
    expect(check({ a: { b: 'x' } })).toBeUndefined();
    expect(check({ a: { b: 1 } })).toBe('/a/b must be string');
  }
  expect(second.check({ c: 'x' })).toBe('/c must be integer');
});

it('a part that refers to another one means what that one is in each schema', () => {
  const part = { $ref: '#/definitions/id' };
  const schemaWith = (id: object) => ({
    properties: { a: part, o: { properties: { b: part } } },
    definitions: { id },
  });
  const text = compileSchema(schemaWith({ type: 'string' }));
  const number = compileSchema(schemaWith({ type: 'number' }));
  expect([text.check({ o: { b: 1 } }), number.check({ o: { b: 1 } })]).toEqual([
    '/o/b must be string',
    undefined,
  ]);
  expect([text.check({ a: 'x' }), number.check({ a: 'x' })]).toEqual([undefined, '/a must be number']);
});

it('a part without rules about numbers is prepared apart from the same part with them', () => {
  const part = { type: 'integer', minimum: 5 };
  const { check, checkLoosely } = compileSchema({ properties: { a: part } });
  expect([check({ a: 1 }), checkLoosely({ a: 1 })]).toEqual(['/a must be >= 5', undefined]);
  expect(compileSchema({ properties: { b: part } }).check({ b: 1 })).toBe('/b must be >= 5');
});
