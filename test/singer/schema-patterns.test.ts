import { compileSchema } from '@tap-webhooks/singer/validate';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const fits = (pattern: string, text: string) => compileSchema({ pattern }).check(text) === undefined;

test.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(a+a+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
  'the pattern %s, for which JavaScript would need ages, is decided at once',
  (pattern) => {
    const text = `${'a'.repeat(50_000)}!`;

    expect(fits(pattern, text)).toBe(false);
    expect(compileSchema({ patternProperties: { [pattern]: false } }).check({ [text]: 1 })).toBeUndefined();
  },
);

test.each([
  ['^\\d{4}-\\d{2}$', '2026-01', '2026-1'],
  ['^\\s$', '\u00a0', 'a'],
  ['^[\\s,]+$', '\u2003,\ufeff', 'a'],
  ['^\\S+$', 'ab', 'a\u2028b'],
  ['^.$', '😀', '\r'],
  ['^[.]$', '.', 'a'],
  ['\\.$', 'a.', 'a'],
  ['^\\u00e4$', 'ä', 'a'],
  ['^\\u{1f600}$', '😀', 'a'],
  ['^\\p{Lu}', 'Ä', 'ä'],
  ['^(?<year>\\d+)$', '2026', 'x'],
  ['^[^]$', '\n', ''],
  ['^a/b$', 'a/b', 'ab'],
  ['^\\ca$', '\u0001', 'a'],
  ['^$', '', '\n'],
])('the pattern %s means what it means in JavaScript', (pattern, fitting, misfit) => {
  expect([fits(pattern, fitting), fits(pattern, misfit)]).toEqual([true, false]);
  expect([fitting, misfit].map((text) => new RegExp(pattern, 'u').test(text))).toEqual([true, false]);
});

test('a pattern judges random texts as JavaScript does', () => {
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => {
    const inner = tie('pattern');
    return {
      pattern: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('a', 'b', '.', '\\s', '\\S', '\\d', '\\w', '\\W', '\\b', '^', '$', ' ', '😀', '\\.'),
        fc.constantFrom(
          '[ab]',
          '[^a]',
          '[\\s1]',
          '[^\\d ]',
          '[a-c]',
          '[😀-😂]',
          '[.]',
          '[^]',
          '[]',
          '[\\]a]',
        ),
        fc.tuple(inner, inner).map(([a, b]) => a + b),
        fc.tuple(inner, inner).map(([a, b]) => `(?:${a}|${b})`),
        fc.tuple(inner, fc.constantFrom('*', '+', '?', '*?', '{2}', '{1,3}')).map(([a, q]) => `(${a})${q}`),
      ),
    };
  });
  const character = fc.constantFrom(
    'a',
    'b',
    'c',
    ' ',
    '1',
    '.',
    '\n',
    '\r',
    '\u2028',
    '\u00a0',
    '\u000b',
    '😀',
    '_',
    ']',
  );
  const texts = fc.array(character, { maxLength: 5 }).map((all) => all.join(''));
  fc.assert(
    fc.property(pattern, texts, (random, text) => {
      const { check, unchecked } = compileSchema({ pattern: random });
      expect(unchecked).toEqual([]);
      expect(check(text) === undefined).toBe(new RegExp(random, 'u').test(text));
    }),
    { numRuns: 500 },
  );
}, 60_000);

test.each([
  '^(?!x)',
  '(?=a)',
  '(?<=a)b',
  '(?<!a)b',
  '(a)\\1',
  '(?P<year>\\d{4})\\Z',
  'a{2000}',
  '[\\S]',
  '(',
])('the pattern %s, which cannot be checked in linear time, is left out and named', (pattern) => {
  const { check, unchecked } = compileSchema({ properties: { a: { pattern }, b: { pattern: '^x' } } });

  expect(check({ a: 'no', b: 'x' })).toBeUndefined();
  expect(check({ a: 'no', b: 'y' })).toBe('/b must match pattern "^x"');
  expect(unchecked).toEqual([
    `the pattern ${JSON.stringify(pattern)} is not checked: only patterns of JavaScript without lookaround and backreferences are`,
  ]);
});

test('a pattern of member names that cannot be checked takes additionalProperties with it', () => {
  const { check, unchecked } = compileSchema({
    patternProperties: { '^(?!x)': { type: 'string' } },
    additionalProperties: false,
  });

  expect(check({ a: 1 })).toBeUndefined();
  expect(unchecked).toHaveLength(1);
});

test('two patterns of one schema do not stand in for each other', () => {
  const { check } = compileSchema({ properties: { a: { pattern: '^x$' }, b: { pattern: '^y$' } } });

  expect(check({ a: 'x', b: 'y' })).toBeUndefined();
  expect(check({ a: 'y' })).toBe('/a must match pattern "^x$"');
  expect(check({ b: 'x' })).toBe('/b must match pattern "^y$"');
});

test('uniqueItems compares whole values, and takes time in proportion to them', () => {
  const { check } = compileSchema({ uniqueItems: true });
  const many = Array.from({ length: 100_000 }, (_, index) => index);

  expect(check(many)).toBeUndefined();
  expect(check([...many, 7])).toBe('the record must NOT have duplicate items');
  expect(
    check([
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ]),
  ).toBe('the record must NOT have duplicate items');
  expect(check([1, '1', true, 'true', null, 'null', [], {}, [[]], '[]'])).toBeUndefined();
  expect(check([0, -0])).toBe('the record must NOT have duplicate items');
  expect(compileSchema({ uniqueItems: false, contains: {} }).check([1, 1])).toBeUndefined();
});
