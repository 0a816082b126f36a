import fc from 'fast-check';

/** JSON text of events that a stranger could post to break a pipe. Each kind generates its own. */

type Text = fc.Arbitrary<string>;

const MEMBER_NAMES = [
  ...[
    '',
    ' ',
    '.',
    'a',
    'A',
    'b',
    'id',
    'ID',
    'Id',
    '0',
    '-1',
    'a.b',
    'a[0]',
    '$ref',
    '$id',
    '#',
    '/',
    '~',
    '\\',
    '"',
  ],
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'then', 'length'],
  ...[
    '_sdc_position',
    '_sdc_inbox',
    '_sdc_extra',
    '_SDC_SEQUENCE',
    '__sdc_primary_key',
    'x_sdc',
    'xx__sdc',
    '_sdc',
  ],
  ...['a__st', '__st', 'a__ST_', 'a__js', 'b__it__nu', '__', '_', 'type', 'properties', 'enum', 'const'],
  ...[
    'é',
    'e\u0301',
    'ß',
    'SS',
    'İ',
    'ı',
    'ﬁ',
    '日本',
    '😀',
    '\u0000',
    '\u0001',
    '\n',
    '\r\n',
    '\u2028',
    '\ufeff',
    '\u007f',
  ],
  ...[
    '\ud800',
    '\udfff',
    'a\udc00b',
    '\ud83d',
    '_table_x',
    '_PARTITIONTIME',
    'data',
    'SELECT',
    '1; DROP TABLE x',
    '=1+1',
  ],
];

const name: Text = fc
  .oneof(
    { weight: 6, arbitrary: fc.constantFrom(...MEMBER_NAMES) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1020, max: 1030 }).map((length) => 'n'.repeat(length)) },
    { weight: 1, arbitrary: fc.constantFrom('é'.repeat(512), '\u0001'.repeat(1024), 'x'.repeat(20_000)) },
  )
  .map((text) => JSON.stringify(text));

const number: Text = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '1e5',
    '1E+5',
    '-0.0e-0',
    '1e400',
    '-1e-400',
    '5e-324',
    '1.7976931348623157e308',
  ),
  fc.constantFrom(
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
    '1'.repeat(38),
    '9'.repeat(39),
  ),
  fc.constantFrom(`0.${'1'.repeat(38)}`, `0.${'1'.repeat(39)}`, `1.${'0'.repeat(60)}`, '1'.repeat(200_000)),
);

const scalar: Text = fc.oneof(
  number,
  fc.constantFrom(
    'null',
    'true',
    'false',
    '""',
    '"x"',
    '"5"',
    '"\\ud800"',
    '"\\u0000"',
    '"2026-01-01T00:00:00Z"',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
);

const anyValue = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('object'),
    tie('array'),
  ),
  object: fc.array(fc.tuple(name, tie('value')), { maxLength: 6 }).map(objectOf),
  array: fc.array(tie('value'), { maxLength: 6 }).map((items) => `[${items.join(',')}]`),
}));

function objectOf(members: ReadonlyArray<readonly [name: string, value: string]>): string {
  return `{${members.map(([one, value]) => `${one}:${value}`).join(',')}}`;
}

function wide(count: number, prefix: string, value = '1'): string {
  return objectOf(Array.from({ length: count }, (_, i) => [JSON.stringify(prefix + i), value]));
}

/** Levels around the limit of 100, of objects, arrays or both. */
const deep: Text = fc
  .tuple(fc.integer({ min: 95, max: 104 }), fc.infiniteStream(fc.boolean()), scalar)
  .map(([levels, isObject, inner]) => {
    const opened = [true, ...[...isObject.take(levels - 1)]];
    const closed = opened.map((object) => (object ? '}' : ']')).reverse();
    return `${opened.map((object) => (object ? '{"d":' : '[')).join('')}${inner}${closed.join('')}`;
  });

const manyColumns: Text = fc.constantFrom(
  wide(1100, 'x', '"text"'),
  `{"list":[${wide(300, 'l')},${wide(300, 'm', '[{"a":1}]')}]}`,
);
const wideAndNested: Text = fc.constant(`{"wide":${wide(900, 'k')},${wide(900, 'c').slice(1)}`);
const fourWideObjects: Text = fc.constant(
  `{${['p', 'q', 'r', 's'].map((one) => `"${one}":${wide(500, one)}`).join(',')}}`,
);
const hundredObjects: Text = fc.constant(`${'{"o":'.repeat(100)}1${'}'.repeat(100)}`);

/** Long names within an object that occurs again and again with others, so that the SCHEMA reaches its limit. */
const longNames: Text = fc
  .integer({ min: 0, max: 3 })
  .map((part) => wide(300, `${part}${'\u0001'.repeat(1000)}`, part % 2 === 0 ? '1' : '"x"'));

export const hostileEvents = {
  any: anyValue.object,
  'any array': anyValue.array,
  scalars: scalar,
  deep,
  'a hundred objects': hundredObjects,
  'many columns': manyColumns,
  'wide and nested': wideAndNested,
  'four wide objects': fourWideObjects,
  'long names': longNames,
} as const satisfies { readonly [kind: string]: Text };

/**
 * The bodies of one pipe: ordinary trouble, and among it one event of each costly kind, at random places.
 * @param leftOut kinds that a program cannot take yet.
 */
export function hostileBodies(...leftOut: Array<keyof typeof hostileEvents>): fc.Arbitrary<string[]> {
  const { any, 'any array': array, scalars, ...costly } = hostileEvents;
  const usual = fc.oneof({ weight: 6, arbitrary: any }, { weight: 2, arbitrary: array }, scalars);
  const rare = Object.entries(costly).filter(([kind]) => !(leftOut as string[]).includes(kind));
  return fc
    .tuple(fc.array(usual, { minLength: 8, maxLength: 16 }), ...rare.map(([, arbitrary]) => arbitrary))
    .chain(([some, ...each]) =>
      fc.shuffledSubarray([...some, ...each], { minLength: some.length + each.length }),
    );
}
