import { compileSchema } from '@tap-webhooks/singer/validate';
import { expect, test } from 'vitest';

const SECRET = 'hunter2';

test.each([
  [{ type: 'object', properties: { a: { type: 'integer' } } }, { a: SECRET }, '/a must be integer'],
  [
    { properties: { list: { items: { properties: { b: { type: 'null' } } } } } },
    { list: [{}, { b: SECRET }] },
    '/list/1/b must be null',
  ],
  [{ required: ['a'] }, { b: SECRET }, "the record must have required property 'a'"],
  [{ properties: { a: { enum: ['x'] } } }, { a: SECRET }, '/a must be equal to one of the allowed values'],
  [{ properties: { a: { const: 'x' } } }, { a: SECRET }, '/a must be equal to constant'],
  [{ properties: { a: { maxLength: 3 } } }, { a: SECRET }, '/a must NOT have more than 3 characters'],
  [{ properties: { a: { pattern: '^x' } } }, { a: SECRET }, '/a must match pattern "^x"'],
  [
    { properties: { a: { anyOf: [{ type: 'null' }, { type: 'integer' }] } } },
    { a: SECRET },
    '/a must match a schema in anyOf',
  ],
  [
    { properties: { a: { uniqueItems: true } } },
    { a: [SECRET, SECRET] },
    /^\/a must NOT have duplicate items/,
  ],
  [{ additionalProperties: false }, { a: SECRET }, 'the record must NOT have additional properties'],
  [{ type: 'object' }, SECRET, 'the record must be object'],
])('the sentence for %j names the place and the rule, never the value', (schema, value, sentence) => {
  const said = compileSchema({ ...schema }).check(value);
  expect(said).toMatch(sentence);
  expect(said).not.toContain(SECRET);
});
