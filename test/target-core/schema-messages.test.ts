import { recordProperties } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { MemoryLoader } from '../helpers/memory-loader.js';
import { recordOf, runMessages, schemaOf, TargetUnderTest } from '../helpers/target-run.js';
import { until } from '../helpers/until.js';

const id = { type: 'integer' };
const wider = { properties: { id, name: { type: ['null', 'string'] }, more: { type: 'string' } } };

test('a SCHEMA that is sent again changes nothing', async () => {
  const { loader } = await runMessages([
    schemaOf('s'),
    recordOf('s', { id: 1 }),
    schemaOf('s'),
    recordOf('s', { id: 2 }),
  ]);

  expect(loader.table('s').calls).toEqual(['open', 'load', 'close']);
  expect(loader.table('s').batches).toEqual([2]);
});

const user = { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } };

test.each([
  ['a reference', { $ref: '#/definitions/user', definitions: { user } }],
  [
    'allOf',
    { allOf: [{ properties: { id: { type: 'integer' } } }, { properties: { name: { type: 'string' } } }] },
  ],
  ['allOf of a reference', { allOf: [{ $ref: '#/$defs/user' }], $defs: { user } }],
  [
    'anyOf',
    { anyOf: [{ properties: { id: { type: 'integer' } } }, { properties: { name: { type: 'string' } } }] },
  ],
  ['a chain of references', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/user' }, user } }],
])('a SCHEMA may name its properties by %s', async (_, schema) => {
  const message = { type: 'SCHEMA', stream: 's', schema, key_properties: [] };
  const { loader, failure, log } = await runMessages([message, recordOf('s', { id: 1, name: 'x' })]);

  expect(failure).toBeUndefined();
  expect(loader.table('s').records).toEqual([{ id: 1, name: 'x' }]);
  expect(loader.table('s').definition.schema.properties).toMatchObject(user.properties);
  expect(log.filter(({ message }) => message.includes('not in the SCHEMA'))).toEqual([]);
});

test.each([
  ['an object of any shape', { type: 'object' }],
  ['a reference to nothing', { $ref: '#/definitions/user' }],
  ['a reference that leads back to itself', { $ref: '#/definitions/a', definitions: { a: { $ref: '#' } } }],
  ['a plain-name reference', { $ref: '#user', definitions: { user } }],
])('a SCHEMA that is %s is refused', async (_, schema) => {
  const { failure } = await runMessages([{ type: 'SCHEMA', stream: 's', schema, key_properties: [] }]);

  expect(failure).toMatchObject({ exitCode: 2 });
  expect(failure?.message).toContain('has no "properties"');
});

test('properties of the same name in two parts keep what both say', () => {
  const schema = {
    allOf: [
      { properties: { a: { type: 'integer' }, b: true } },
      { properties: { a: { minimum: 0 }, b: true } },
    ],
    anyOf: [{ properties: { a: { type: 'null' } } }],
  };
  expect(recordProperties(schema)).toEqual({
    a: { anyOf: [{ allOf: [{ type: 'integer' }, { minimum: 0 }] }, { type: 'null' }] },
    b: true,
  });
});

test('a SCHEMA that only adds columns changes the table and forces no load', async () => {
  const { loader } = await runMessages([
    schemaOf('s'),
    recordOf('s', { id: 1 }),
    schemaOf('s', wider),
    recordOf('s', { id: 2, more: 'x' }),
  ]);

  expect(loader.table('s').calls).toEqual(['open', 'alter', 'load', 'close']);
  expect(loader.table('s').records).toEqual([{ id: 1 }, { id: 2, more: 'x' }]);
  expect(Object.keys(loader.table('s').definition.schema.properties as object)).toContain('more');
});

test('200 SCHEMAs in turn, each of which lacks a column of the other, are one load of all columns', async () => {
  const narrow = [
    schemaOf('s', { properties: { id, x: { type: 'string' } } }),
    recordOf('s', { id: 1, x: 'x' }),
  ];
  const other = [
    schemaOf('s', { properties: { id: { type: ['integer', 'null'] }, y: { type: 'string' } } }),
    recordOf('s', { id: 2, y: 'y' }),
  ];
  const messages = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? narrow : other)).flat();
  const { loader } = await runMessages(messages);

  expect(loader.table('s').calls).toEqual(['open', 'alter', 'load', 'close']);
  expect(loader.table('s').batches).toEqual([200]);
  expect(loader.table('s').definition.schema.properties).toMatchObject({
    x: { type: 'string' },
    y: { type: 'string' },
  });
});

test('SCHEMAs of other types that alternate are loaded once each, then together', async () => {
  const one = [
    schemaOf('s', { properties: { id, x: { type: 'string' } } }),
    recordOf('s', { id: 1, x: 'x' }),
  ];
  const other = [
    schemaOf('s', { properties: { id, x: { type: 'boolean' } } }),
    recordOf('s', { id: 2, x: true }),
  ];
  const messages = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? one : other)).flat();
  const { loader } = await runMessages(messages);

  expect(loader.table('s').batches).toEqual([1, 1, 198]);
});

test('a SCHEMA that was never loaded is not taken for one whose columns exist', async () => {
  const one = schemaOf('s', { properties: { id, x: { type: 'string' } } });
  const other = schemaOf('s', { properties: { id, x: { type: 'boolean' } } });
  const { loader } = await runMessages([
    ...[one, recordOf('s', { id: 1, x: 'x' }), other, one, recordOf('s', { id: 2, x: 'x' })],
    ...[other, recordOf('s', { id: 3, x: true }), one, recordOf('s', { id: 4, x: 'x' })],
  ]);

  expect(loader.table('s').batches).toEqual([1, 1, 1, 1]);
});

test('a record is checked against its own SCHEMA when the table is wider', async () => {
  const { loader } = await runMessages([
    schemaOf('s', { properties: { id: { type: ['null', 'integer'] } } }, []),
    recordOf('s', { id: null }),
    schemaOf('s', { properties: { id } }, []),
    recordOf('s', { id: null }),
  ]);

  expect(loader.table('s').records).toEqual([{ id: null }]);
  expect(loader.table('_sdc_rejected').rows).toHaveLength(1);
});

test.each([
  ['another type', schemaOf('s', { properties: { id, name: { enum: ['y', 5] } } })],
  ['another key', schemaOf('s', {}, ['id', 'name'])],
])('before a SCHEMA with %s what has collected is loaded', async (_, changed) => {
  const { loader } = await runMessages([
    schemaOf('s'),
    recordOf('s', { id: 1, name: 'x' }),
    changed,
    recordOf('s', { id: 2, name: 'y' }),
  ]);

  expect(loader.table('s').calls).toEqual(['open', 'load', 'alter', 'load', 'close']);
});

test('records are checked against the SCHEMA before them', async () => {
  const { loader } = await runMessages([
    schemaOf('s'),
    recordOf('s', { id: 'early' }),
    schemaOf('s', { properties: { id: { type: 'string' } } }),
    recordOf('s', { id: 'late' }),
    recordOf('s', { id: 5 }),
  ]);

  expect(loader.table('s').records).toEqual([{ id: 'late' }]);
  expect(loader.table('_sdc_rejected').rows).toHaveLength(2);
});

test('a table is changed between two loads', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('s', (table) => table.hold());
  const run = new TargetUnderTest({ loader, settings: { batch_size_rows: 1 } });
  run.send(schemaOf('s'), recordOf('s', { id: 1 }), schemaOf('s', wider), recordOf('s', { id: 2 }));
  await until(() => loader.tables.get('s')?.loading === 1, 'a load');
  loader.table('s').release();
  await run.end();

  expect(loader.table('s').calls).toEqual(['open', 'load', 'alter', 'load', 'close']);
  expect(run.failure).toBeUndefined();
});

test.each([
  ['loads', '_sdc_loads'],
  ['rejected records', '_sdc_rejected'],
])('a stream may not load into a table for %s', async (_, table) => {
  const loader = Object.assign(new MemoryLoader(), { reserved: ['_sdc_loads'] });
  const run = await runMessages([schemaOf(`shop-${table}`)], { loader });

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
  expect(run.failure?.message).toContain(
    `Line 1: the stream "shop-${table}" would load into ${table}, a table that this target keeps for itself; rename the stream.`,
  );
  expect(loader.tables.size).toBe(0);
});

test('a stream may not load into such a table in capitals either: many destinations ignore case', async () => {
  const run = await runMessages([
    schemaOf('shop-_SDC_Rejected'),
    schemaOf('shop-a'),
    recordOf('shop-a', { id: 'no integer' }),
    recordOf('shop-a', { id: 1 }),
  ]);

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 2 });
  expect(run.loader.table('shop-_sdc_rejected').rows).toHaveLength(1);
  expect(run.loader.tables.has('shop-_SDC_Rejected')).toBe(false);
});

test('a SCHEMA of one stream leaves the others alone', async () => {
  const { loader } = await runMessages([
    schemaOf('a'),
    schemaOf('b'),
    recordOf('a', { id: 1 }),
    schemaOf('b', { properties: { id: { type: 'string' } } }),
    recordOf('a', { id: 2 }),
  ]);

  expect(loader.table('a').batches).toEqual([2]);
});

test('an ACTIVATE_VERSION is mentioned once and keeps the rows', async () => {
  const activate = { type: 'ACTIVATE_VERSION', stream: 's', version: 2 };
  const run = await runMessages([schemaOf('s'), recordOf('s', { id: 1 }), activate, activate]);

  expect(run.loader.table('s').calls).toEqual(['open', 'load', 'close']);
  expect(run.log.filter(({ message }) => message.includes('older versions'))).toHaveLength(1);
});

test('an ACTIVATE_VERSION before the SCHEMA, or of a stream without one, is skipped with one warning per stream', async () => {
  const activate = (stream: string) => ({ type: 'ACTIVATE_VERSION', stream, version: 2 });
  const run = await runMessages([
    activate('s'),
    activate('s'),
    schemaOf('s'),
    recordOf('s', { id: 1 }),
    activate('other'),
  ]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(run.log.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      fields: { stream: 's' },
      message: 'an ACTIVATE_VERSION before the SCHEMA of its stream is skipped',
    },
    {
      level: 'warn',
      fields: { stream: 'other' },
      message: 'an ACTIVATE_VERSION before the SCHEMA of its stream is skipped',
    },
  ]);
});

test('a type that JSON Schema does not have is said once per column, and its values are loaded', async () => {
  const properties = {
    id: { type: 'integer' },
    a: { type: 'wat' },
    b: { type: ['null', 'datetime'] },
    c: { type: 'object', properties: { d: { type: 'array', items: { anyOf: [{ type: 'float' }] } } } },
  };
  const record = { id: 1, a: [5], b: 'x', c: { d: ['y'] } };
  const run = await runMessages([
    schemaOf('s', { properties }),
    recordOf('s', record),
    schemaOf('s', { properties: { ...properties, e: { type: 'wat' } } }),
  ]);

  expect(run.loader.table('s').records).toEqual([record]);
  expect(run.warnings).toEqual(
    [
      ['a', 'wat'],
      ['b', 'datetime'],
      ['c.d', 'float'],
      ['e', 'wat'],
    ].map(
      ([column, type]) =>
        `the SCHEMA gives the column "${column}" the type "${type}", which JSON Schema does not have; values are loaded without a type`,
    ),
  );
});

test.each([
  [null, 'null'],
  [5, '5'],
  [{ type: 'object' }, '{"type":"object"}'],
])('a type that is no name is shown as it was sent: %j', async (type, shown) => {
  const run = await runMessages([
    schemaOf('s', { properties: { id, a: { type } } }),
    recordOf('s', { id: 1, a: 5 }),
  ]);

  expect(run.loader.table('s').records).toEqual([{ id: 1, a: 5 }]);
  expect(run.warnings).toEqual([
    `the SCHEMA gives the column "a" the type ${shown}, which JSON Schema does not have; values are loaded without a type`,
  ]);
});

test('a keyword whose value JSON Schema does not allow is said once per stream, and rejects nothing', async () => {
  const odd = schemaOf('s', { properties: { id, name: { type: 'string', maxLength: -1 } }, required: 'x' });
  const run = await runMessages([
    odd,
    recordOf('s', { id: 1, name: 'x' }),
    odd,
    recordOf('s', { id: 2, name: 'y' }),
  ]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').records).toEqual([
    { id: 1, name: 'x' },
    { id: 2, name: 'y' },
  ]);
  expect(run.warnings).toEqual([
    'the keyword maxLength is not checked where JSON Schema does not allow its value, as for the column "name"',
    'the keyword required is not checked where JSON Schema does not allow its value',
  ]);
});

test('an endless number of unknown types fills neither log nor memory', async () => {
  const wat = Array.from({ length: 200 }, (_, index) => [`c${index}`, { type: 'wat' }]);
  const run = await runMessages([schemaOf('s', { properties: { id, ...Object.fromEntries(wat) } })]);

  expect(run.warnings).toHaveLength(50);
});

test('what is not checked is said once per stream, and the records are loaded', async () => {
  const odd = (stream: string, more: object = {}) =>
    schemaOf(stream, { properties: { id, name: { type: 'string', pattern: '^(?!x)' }, ...more } });
  const run = await runMessages([
    odd('a'),
    recordOf('a', { id: 1, name: 'x' }),
    odd('a', { more: {} }),
    recordOf('a', { id: 2, name: 'x' }),
    odd('b'),
    recordOf('b', { id: 3, name: 'x' }),
    schemaOf('c', { properties: { id, name: { $ref: '#/nowhere' } } }),
    recordOf('c', { id: 4, name: 'x' }),
  ]);

  expect(run.failure).toBeUndefined();
  expect(
    run.log.filter(({ level }) => level === 'warn').map(({ fields, message }) => [fields.stream, message]),
  ).toEqual([
    ['a', expect.stringMatching(/^the pattern "\^\(\?!x\)" is not checked: /)],
    ['b', expect.stringMatching(/^the pattern "\^\(\?!x\)" is not checked: /)],
    ['c', expect.stringMatching(/^records are not checked: /)],
  ]);
  expect(run.loader.table('a').records).toHaveLength(2);
  expect(run.loader.table('c').records).toHaveLength(1);
});

test('a SCHEMA with a column more before each record costs little', async () => {
  const columns: { [name: string]: object } = { id };
  const run = new TargetUnderTest();
  for (let index = 0; index < 100; index += 1) {
    columns[`c${index}`] = { type: ['null', 'string'], pattern: '^x' };
    run.send(schemaOf('s', { properties: columns }), recordOf('s', { id: index, [`c${index}`]: 'x' }));
  }
  await run.end();

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').rows).toHaveLength(100);
});
