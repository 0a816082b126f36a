import { beforeEach, expect, test } from 'vitest';
import { RecordCheck } from '../../packages/target-core/dist/record-check.js';

const said: string[] = [];

beforeEach(() => {
  said.length = 0;
});

function checkOf(schema: object): (text: string) => string | undefined {
  const check = new RecordCheck({ ...schema }, (unchecked) => said.push(unchecked));
  return (text) => check.whyInvalid(JSON.parse(text), text);
}

function why(schema: object, text: string): string | undefined {
  return checkOf({ type: 'object', properties: { n: schema, s: { type: 'string' } } })(text);
}

test('a record that fits has no reason', () => {
  expect(why({ type: 'integer' }, '{"n":1,"s":"x"}')).toBeUndefined();
});

test('the reason names member and rule, not the value', () => {
  const reason = why({ type: 'integer' }, '{"n":"canary-value"}');

  expect(reason).toContain('/n');
  expect(reason).not.toContain('canary');
});

test.each([
  ['an integer of 19 digits past a limit', { type: 'integer', maximum: 100 }, '{"n":9223372036854775807}'],
  ['a decimal that is not whole only in its 20th digit', { type: 'integer' }, '{"n":1.00000000000000000001}'],
  ['a number beyond what a double holds', { type: 'integer' }, '{"n":1e400}'],
  [
    'a decimal of 30 digits past a limit',
    { type: 'number', maximum: 1 },
    '{"n":3.14159265358979323846264338327}',
  ],
])('%s is not judged by its rounded value', (_, schema, text) => {
  expect(why(schema, text)).toBeUndefined();
});

test('other rules hold for a record with such a number too', () => {
  expect(why({ type: 'integer', maximum: 1 }, '{"n":9223372036854775807,"s":5}')).toContain('/s');
});

test('digits in a string do not loosen the rules about numbers', () => {
  expect(why({ type: 'integer', maximum: 1 }, '{"n":5,"s":"9223372036854775807"}')).toContain('/n');
});

test('an integer of many digits that a double holds is judged', () => {
  expect(why({ type: 'integer', maximum: 1 }, '{"n":9223372036854775808}')).toContain('/n');
});

test.each([
  ['a decimal of 17 digits that a double prints again', '{"n":0.30000000000000004}'],
  ['an integer written with 20 zeros after the point', `{"n":1.${'0'.repeat(20)}}`],
  ['2^60, which a double is exactly', '{"n":1152921504606846976}'],
  ['a number with a large exponent that a double prints again', '{"n":1e300}'],
])('%s is judged', (_, text) => {
  expect(why({ type: 'number', maximum: 0.3 }, text)).toContain('/n');
});

test('a number that a double takes for zero is not judged by its rounded value', () => {
  expect(why({ type: 'number', exclusiveMinimum: 0 }, `{"n":0.${'0'.repeat(400)}1}`)).toBeUndefined();
});

test('a record that is nested too deep for a schema that refers to itself does not fit', () => {
  const check = checkOf({ type: 'object', properties: { a: { $ref: '#' } } });

  expect(check(`${'{"a":'.repeat(10_000)}{}${'}'.repeat(10_000)}`)).toBe(
    'the record is nested 10001 levels deep, too deep to be checked',
  );
  expect(check('{"a":{"a":5}}')).toBe('/a/a must be object');
  expect(said).toEqual([]);
});

test('a record of any depth fits a schema that does not look at it', () => {
  const check = checkOf({ properties: { a: {} } });

  expect(check(`${'{"a":'.repeat(50_000)}{}${'}'.repeat(50_000)}`)).toBeUndefined();
});

test('a schema that refers to itself in a circle is no verdict on a record, however deep that is', () => {
  const circle = {
    definitions: { a: { allOf: [{ $ref: '#/definitions/b' }] }, b: { allOf: [{ $ref: '#/definitions/a' }] } },
    properties: { o: { $ref: '#/definitions/a' } },
  };
  const check = checkOf(circle);
  expect(check('{}')).toBeUndefined();
  expect(said).toEqual([]);
  expect(check('{"o":1}')).toBeUndefined();
  expect(check('{"o":2}')).toBeUndefined();
  expect(said).toEqual([
    'records are not checked: the schema is too large, refers to itself in a circle, or takes too long',
  ]);
  const always = checkOf({ ...circle, $ref: '#/definitions/a' });
  expect(always(`${'{"a":'.repeat(10_000)}{}${'}'.repeat(10_000)}`)).toBeUndefined();
});

test('a schema that is wrong is no verdict on a record', () => {
  expect(why({ $ref: '#/nowhere' }, '{"n":1}')).toBeUndefined();
  expect(said).toEqual([expect.stringMatching(/^records are not checked: .*#\/nowhere/)]);
});

test('a check that fails for another reason is no verdict, and the next record is checked', () => {
  const check = new RecordCheck({ properties: { id: { type: 'integer' } } }, (unchecked) =>
    said.push(unchecked),
  );
  const unreadable = {
    get id(): never {
      throw new TypeError('a fault of the check');
    },
  };

  expect(check.whyInvalid(unreadable, '{"id":"x"}')).toBeUndefined();
  expect(check.whyInvalid({ id: 'x' }, '{"id":"x"}')).toBe('/id must be integer');
  expect(said).toEqual(['a record is not checked: the check itself failed']);
});

test('a schema is not prepared before the first record comes', () => {
  const schema = {
    get properties(): object {
      throw new Error('the schema was read');
    },
  };

  expect(() => new RecordCheck(schema, () => {})).not.toThrow();
});
