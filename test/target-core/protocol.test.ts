import type { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import {
  markedRecordOf,
  markedSchemaOf,
  recordOf,
  runBytes,
  runMessages,
  schemaOf,
  stateOf,
  TargetUnderTest,
} from '../helpers/target-run.js';

const start = [schemaOf('s'), recordOf('s', { id: 1 }), stateOf({ n: 1 })];

test.each([
  ['a record before its SCHEMA', recordOf('other', {}), 'record_before_schema', 'record before its SCHEMA'],
  ['a BATCH before its SCHEMA', batchOf('other'), 'record_before_schema', 'record before its SCHEMA'],
  ['a line that is not JSON', '{"type":', 'not_singer', 'not JSON'],
  ['a line that is no object', '[1]', 'not_singer', ''],
  ['a line without a type', '{}', 'not_singer', '"type"'],
  ['a RECORD without a record', { type: 'RECORD', stream: 's' }, 'not_singer', '"record"'],
  ['a STATE without a value', { type: 'STATE' }, 'not_singer', '"value"'],
  [
    'a line that is too long',
    recordOf('s', { id: 1, name: 'x'.repeat(3000) }),
    'line_too_long',
    'max_line_bytes',
  ],
])('%s stops the run with exit code 2 and the number of the line', async (_, message, code, words) => {
  const run = await runMessages([...start, message, recordOf('s', { id: 2 })], {
    settings: { max_line_bytes: 2000 },
  });

  expect(run.failure).toMatchObject({ code, exitCode: 2 });
  expect(run.failure?.message).toMatch(/^Line 4\b/);
  expect(run.failure?.message).toContain(words);
  // what was read before is not lost: loaded, and its state printed
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(run.states).toEqual(['{"n":1}']);
  expect(run.loader.isClosed).toBe(true);
});

function batchOf(stream: string): object {
  return { type: 'BATCH', stream, encoding: { format: 'jsonl' }, manifest: [] };
}

test('a limit of lines below that of a marked stream stops the run with exit code 1 and the setting to raise', async () => {
  const lines = [markedSchemaOf('a-data'), markedRecordOf('a-data', 1)];
  const run = await runMessages(lines, { settings: { max_line_bytes: 50_331_647 } });
  expect(run.failure).toMatchObject({
    code: 'max_line_bytes_too_small',
    exitCode: 1,
    message:
      'max_line_bytes is 50331647, and lines of stream "a-data" can have 50331648 bytes: set max_line_bytes to at least 50331648, or remove the setting.',
  });

  const enough = await runMessages(lines, { settings: { max_line_bytes: 50_331_648 } });
  expect(enough.failure).toBeUndefined();
  expect(enough.loader.table('a-data').records).toHaveLength(1);
});

test('bytes that are not UTF-8 stop the run', async () => {
  const run = await runBytes([
    Buffer.from(`${JSON.stringify(schemaOf('s'))}\n`),
    Buffer.from([0xc3, 0x28, 0x0a]),
  ]);

  expect(run.failure).toMatchObject({
    code: 'not_utf8',
    exitCode: 2,
    message: expect.stringContaining('Line 2 '),
  });
});

test('message types are accepted in upper and lower case', async () => {
  const run = await runMessages(
    start.map((message) => JSON.stringify(message).replace(/"type":"(\w+)"/, (text) => text.toLowerCase())),
  );

  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(run.states).toEqual(['{"n":1}']);
});

test('an unknown type is skipped, with one warning per type', async () => {
  const unknown = (type: string) => ({ type, stream: 's' });
  const run = await runMessages([...start, unknown('WEBHOOK'), unknown('WEBHOOK'), unknown('METRIC')]);

  expect(run.failure).toBeUndefined();
  expect(run.warnings).toEqual([
    'messages of the unknown type "WEBHOOK" are skipped',
    'messages of the unknown type "METRIC" are skipped',
  ]);
});

test('an endless number of unknown types fills neither log nor memory', async () => {
  const run = await runMessages(Array.from({ length: 1000 }, (_, index) => ({ type: `T${index}` })));

  expect(run.warnings.length).toBeLessThanOrEqual(100);
});

test('empty lines, blank lines and CRLF are accepted', async () => {
  const text = `\r\n${start.map((message) => JSON.stringify(message)).join('\r\n \r\n\n')}\r\n`;
  const run = await runBytes([Buffer.from(text)]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(run.states).toEqual(['{"n":1}']);
});

test.each([
  ['at the start of the input', (lines: string[]) => `\ufeff${lines.join('\n')}\n`],
  ['before every line', (lines: string[]) => lines.map((line) => `\ufeff${line}\r\n`).join('')],
])('a byte order mark %s is skipped', async (_, textOf) => {
  const bytes = Buffer.from(textOf(start.map((message) => JSON.stringify(message))));
  const run = await runBytes([bytes.subarray(0, 1), bytes.subarray(1)]);

  expect(run.failure).toBeUndefined();
  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(run.states).toEqual(['{"n":1}']);
});

test('an input that is only a byte order mark is empty', async () => {
  expect((await runBytes([Buffer.from('\ufeff')])).failure).toBeUndefined();
});

test('a last line without line end is accepted', async () => {
  const run = await runBytes([Buffer.from(start.map((message) => JSON.stringify(message)).join('\n'))]);

  expect(run.states).toEqual(['{"n":1}']);
});

test('a torn last line stops the run with its number, after all before it is loaded', async () => {
  const run = await runBytes([
    Buffer.from(`${start.map((message) => JSON.stringify(message)).join('\n')}\n{"type":"REC`),
  ]);

  expect(run.failure).toMatchObject({
    code: 'not_singer',
    exitCode: 2,
    message: expect.stringContaining('Line 4 '),
  });
  expect(run.states).toEqual(['{"n":1}']);
});

test('an unreadable input is reported with its code', async () => {
  const run = new TargetUnderTest();
  (run.input as PassThrough).destroy(Object.assign(new Error('canary'), { code: 'EISDIR' }));
  await run.ended();

  expect(run.failure).toMatchObject({
    code: 'input_unreadable',
    exitCode: 2,
    message: expect.stringContaining('EISDIR'),
  });
});

test('a field that the SCHEMA does not name is kept, with one warning per stream', async () => {
  const run = await runMessages([
    schemaOf('s'),
    recordOf('s', { id: 1, extra: 'a' }),
    recordOf('s', { id: 2, extra: 'b' }),
  ]);

  expect(run.loader.table('s').records).toEqual([
    { id: 1, extra: 'a' },
    { id: 2, extra: 'b' },
  ]);
  expect(run.warnings).toEqual(['the field "extra" is not in the SCHEMA; it is kept']);
});

test('a field without a value in it is kept, and needs no column, so it is not warned of', async () => {
  const record = { id: 1, a: null, b: [], c: {}, d: [null, [], {}], e: { f: { g: null } } };
  const run = await runMessages([
    schemaOf('s'),
    recordOf('s', record),
    recordOf('s', { id: 2, a: false, e: { f: { g: 0 } } }),
  ]);

  expect(run.loader.table('s').records[0]).toEqual(record);
  expect(run.warnings).toEqual([
    'the field "a" is not in the SCHEMA; it is kept',
    'the field "e" is not in the SCHEMA; it is kept',
  ]);
});

test('an endless number of fields fills neither log nor memory', async () => {
  const run = await runMessages([
    schemaOf('s'),
    ...Array.from({ length: 500 }, (_, index) => recordOf('s', { id: index, [`field${index}`]: 1 })),
  ]);

  expect(run.warnings).toHaveLength(51);
  expect(run.loader.table('s').rows).toHaveLength(500);
});

test('a record without an optional field, or a required one that validation is not asked about, is loaded as it is', async () => {
  const run = await runMessages([schemaOf('s'), recordOf('s', { id: 1 })]);

  expect(run.loader.table('s').records).toEqual([{ id: 1 }]);
});

test('a SCHEMA without key_properties has no keys', async () => {
  const { key_properties: _, ...schema } = schemaOf('s') as { key_properties: unknown };
  const run = await runMessages([schema, recordOf('s', { name: 'x' })]);

  expect(run.loader.table('s').definition.keyProperties).toEqual([]);
  expect(run.failure).toBeUndefined();
});

test('default_target_schema is the schema of all tables', async () => {
  const run = await runMessages([schemaOf('a-b')], { settings: { default_target_schema: 'raw' } });

  expect(run.loader.table('a-b').definition).toMatchObject({ schemaName: 'raw', tableName: 'b' });
});

test.each([
  [
    '{"type":"RECORD","stream":"s","rec',
    /^Line 2 is the last one, and not a whole Singer message: the tap ended while/,
  ],
  ['{"type":"RECORD","stream":"s"}', /^Line 2 is not a Singer message: a RECORD needs a "record" object\.$/],
  ['INFO done', /^Line 2 is not a Singer message: it is not JSON; the tap, or a library in it, printed text/],
])('a last line without line end that is no message is told apart: %s', async (last, sentence) => {
  const run = await runBytes([Buffer.from(`${JSON.stringify(schemaOf('s'))}\n${last}`)]);

  expect(run.failure).toMatchObject({ code: 'not_singer', exitCode: 2 });
  expect(run.failure?.message).toMatch(sentence);
});
