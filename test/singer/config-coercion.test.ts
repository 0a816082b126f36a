import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonSchema } from '@tap-webhooks/singer';
import { loadConfig } from '@tap-webhooks/singer/config';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

function load<T = unknown>(schema: JsonSchema, text: string): Readonly<T> {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, text);
  return loadConfig<T>({ program: 'tap-x', schema }, [path]);
}

test('text that means a number or a boolean is converted, also in nested settings', () => {
  const item = { type: 'object', properties: { limit: { type: 'integer' } } };
  const schema = {
    properties: {
      port: { type: 'integer' },
      loud: { type: 'boolean' },
      ratio: { type: 'number' },
      items: { type: 'array', items: item },
    },
  };
  expect(load(schema, '{"port":"8080","loud":"true","ratio":"0.5","items":[{"limit":"10"}]}')).toEqual({
    port: 8080,
    loud: true,
    ratio: 0.5,
    items: [{ limit: 10 }],
  });
});

const settings: JsonSchema = {
  properties: {
    loud: { type: 'boolean', default: false },
    place: { type: 'string', minLength: 1, default: 'here' },
    folder: { type: 'string', minLength: 0, default: 'output' },
    size: { type: 'integer', default: 5 },
    list: { type: 'array', items: { type: 'string' } },
    either: { type: ['string', 'object'] },
  },
};
const defaults = { loud: false, place: 'here', folder: 'output', size: 5 };

test.each([
  ['loud', 'True', { loud: true }],
  ['loud', 'yes', { loud: true }],
  ['loud', 'on', { loud: true }],
  ['loud', '1', { loud: true }],
  ['loud', 'No', { loud: false }],
  ['loud', '', {}],
  ['place', '', {}],
  ['folder', '', { folder: '' }],
  ['size', '', {}],
  ['size', '7', { size: 7 }],
  ['list', '["a"]', { list: ['a'] }],
  ['either', '{"a":1}', { either: { a: 1 } }],
  ['either', '1.0', { either: '1.0' }],
  ['either', '', {}],
])('%s given as the text %j means the same in a file and in a variable', (name, text, expected) => {
  const fromFile = load(settings, JSON.stringify({ [name]: text }));
  const variables = { [`TAP_X_${name.toUpperCase()}`]: text };
  const fromVariable = loadConfig({ program: 'tap-x', schema: settings }, ['ENV'], variables);

  expect(fromFile).toEqual({ ...defaults, ...expected });
  expect(fromVariable).toEqual({ ...defaults, ...expected });
});

test('text stays text where the schema wants text', () => {
  expect(load({ properties: { name: { type: 'string' } } }, '{"name":"8080"}')).toEqual({ name: '8080' });
});

test('null counts as not given wherever the schema names a property', () => {
  const integration = {
    type: 'object',
    properties: { name: { type: 'string' }, limit: { type: 'integer', default: 5 } },
  };
  const schema = {
    properties: {
      port: { type: 'integer', default: 80 },
      auth: { type: 'object', properties: { token: { type: 'string' } } },
      integrations: { type: 'array', items: integration },
    },
  };
  const text = '{"port":null,"auth":{"token":null},"integrations":[{"name":"a","limit":null}]}';
  expect(load(schema, text)).toEqual({ port: 80, auth: {}, integrations: [{ name: 'a', limit: 5 }] });
});

test('null inside free-form JSON is kept', () => {
  const schema = { properties: { schema: { type: 'object' } } };
  const text = '{"schema":{"properties":{"a":{"enum":["x",null],"const":null}}}}';
  expect(load(schema, text)).toEqual(JSON.parse(text));
});

test('the config is frozen down to its leaves', () => {
  const schema = { properties: { a: { type: 'object' } } };
  const config = load<{ a: { b: number[] } }>(schema, '{"a":{"b":[1]}}');
  expect(() => config.a.b.push(2)).toThrow(TypeError);
  expect(() => Object.assign(config, { a: 1 })).toThrow(TypeError);
});

test("freezing a default does not freeze the schema's", () => {
  const schema = { properties: { list: { type: 'array', default: ['a'] } } };
  const config = load<{ list: string[] }>(schema, '{}');
  expect(Object.isFrozen(config.list)).toBe(true);
  expect(Object.isFrozen(schema.properties.list.default)).toBe(false);
});
