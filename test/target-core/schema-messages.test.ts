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

test.each([
  ['another type', schemaOf('s', { properties: { id: { type: ['integer', 'string'] } } })],
  ['a column less', schemaOf('s', { properties: { id } })],
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
  for (let index = 0; index < 200; index += 1) {
    columns[`c${index}`] = { type: ['null', 'string'], pattern: '^x' };
    run.send(schemaOf('s', { properties: columns }), recordOf('s', { id: index, [`c${index}`]: 'x' }));
  }
  await run.end();

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').rows).toHaveLength(200);
});
