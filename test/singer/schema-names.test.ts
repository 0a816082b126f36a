import type { JsonSchema } from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { expect, test } from 'vitest';

const check = (schema: JsonSchema, value: unknown) => compileSchema(schema).check(value);

test('`id` at the top of a schema is its identity (draft 4), not a rule', () => {
  expect(check({ id: 'http://example.com/users#', type: 'object' }, {})).toBeUndefined();
});

test.each([
  'id',
  '$id',
  '$schema',
  'properties',
  'type',
  'required',
  'items',
  'enum',
  'format',
  'default',
  'not',
  '$ref',
  'multipleOf',
  'constructor',
  'toString',
])('a property may be named %s', (name) => {
  const schema = { type: 'object', properties: { [name]: { type: 'integer' } }, required: [name] };
  expect(check(schema, { [name]: 1 })).toBeUndefined();
  expect(check(schema, { [name]: 'x' })).toBe(`/${name} must be integer`);
  expect(check(schema, {})).toBe(`the record must have required property '${name}'`);
});

test('objects may be nested under properties that are named properties and type', () => {
  const inner = { type: 'object', properties: { type: { type: 'string' } } };
  const schema = { type: 'object', properties: { properties: inner } };
  expect(check(schema, { properties: { type: 'x' } })).toBeUndefined();
  expect(check(schema, { properties: { type: 1 } })).toBe('/properties/type must be string');
});

test('a member called __proto__ is checked like any other, and changes no object', () => {
  const schema = JSON.parse(
    '{"__proto__":{"type":"string"},"properties":{"__proto__":{"type":"integer"}},"required":["__proto__"]}',
  );
  expect(check(schema, JSON.parse('{"__proto__":1}'))).toBeUndefined();
  expect(check(schema, JSON.parse('{"__proto__":{"type":1}}'))).toBe('/__proto__ must be integer');
  expect(check(schema, {})).toBe("the record must have required property '__proto__'");
  expect(
    check(
      JSON.parse('{"properties":{"__proto__":{}},"additionalProperties":false}'),
      JSON.parse('{"__proto__":1}'),
    ),
  ).toBeUndefined();
  expect(({} as { type?: unknown }).type).toBeUndefined();
});

test('a record does not have the members that objects inherit', () => {
  expect(check({ required: ['toString'] }, {})).toBe("the record must have required property 'toString'");
});

test.each(['toString', 'valueOf', 'constructor', '__proto__'])(
  'const and enum compare objects with a member %s',
  (member) => {
    const value = JSON.parse(`{"${member}":"x"}`);
    const other = JSON.parse(`{"${member}":"y"}`);
    for (const schema of [{ const: value }, { enum: [1, value] }]) {
      const { check } = compileSchema({ properties: { a: schema } });
      expect(check({ a: value })).toBeUndefined();
      expect(check({ a: other })).toMatch(/^\/a must be equal to/);
      expect(check({ a: {} })).toMatch(/^\/a must be equal to/);
    }
  },
);

test('a property __proto__ is checked, and counts as declared, where ajv judges', () => {
  const schema = JSON.parse(
    '{"propertyNames":{"maxLength":20},"properties":{"__proto__":{"type":"string"}},"additionalProperties":false}',
  );
  const of = (text: string) => check({ properties: { a: schema } }, { a: JSON.parse(text) });
  expect(of('{"__proto__":"x"}')).toBeUndefined();
  expect(of('{"__proto__":5}')).toBe('/a/__proto__ must be string');
  expect(of('{"b":5}')).toBe('/a must NOT have additional properties');
  const not = JSON.parse('{"not":{"properties":{"__proto__":{"type":"object"}}}}');
  expect(check(not, JSON.parse('{"__proto__":"x"}'))).toBeUndefined();
  expect(check(not, JSON.parse('{"__proto__":{}}'))).toBe('the record must NOT be valid');
});
