import { expect, test } from 'vitest';
import { markedRecordOf, markedSchemaOf, recordOf, runMessages, schemaOf } from '../helpers/target-run.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function rowOf(message: object | string, settings = {}) {
  const { loader } = await runMessages([schemaOf('orders'), message], { settings });
  const text = loader.table('orders').texts[0] as string;
  return { text, row: JSON.parse(text) };
}

test("rows of other taps get the Singer SDK's seven columns", async () => {
  const before = Date.now();
  const message = { ...recordOf('orders', { id: 1 }), time_extracted: '2026-01-02T03:04:05Z', version: 7 };
  const { row } = await rowOf(message);

  expect(row).toEqual({
    id: 1,
    _sdc_extracted_at: '2026-01-02T03:04:05Z',
    _sdc_received_at: expect.stringMatching(TIME),
    _sdc_batched_at: expect.stringMatching(TIME),
    _sdc_deleted_at: null,
    _sdc_sequence: Date.parse(row._sdc_received_at),
    _sdc_table_version: 7,
    _sdc_sync_started_at: expect.any(Number),
  });
  expect(row._sdc_sequence).toBeGreaterThanOrEqual(before);
  expect(row._sdc_sync_started_at).toBeLessThanOrEqual(row._sdc_sequence);
});

test('a version beyond 2^53 is exact in _sdc_table_version', async () => {
  const { text } = await rowOf(
    '{"type":"RECORD","stream":"orders","record":{"id":1},"version":1672531200000000001}',
  );

  expect(text).toContain('"_sdc_table_version":1672531200000000001,');
});

test('what a record does not contain is null', async () => {
  const { row } = await rowOf(recordOf('orders', { id: 1 }));

  expect(row).toMatchObject({ _sdc_extracted_at: null, _sdc_table_version: null });
});

test('system columns that another tap sends are overwritten, but the time of deletion', async () => {
  const { row, text } = await rowOf(
    '{"type":"RECORD","stream":"orders","record":{"_sdc_sequence":"mine","id":1,"\\u005fsdc_batched_at":"mine","_sdc_deleted_at":"2026-01-01T00:00:00Z","name":"x"}}',
  );

  expect(row).toMatchObject({ id: 1, name: 'x', _sdc_deleted_at: '2026-01-01T00:00:00Z' });
  expect(text).not.toContain('mine');
  expect(text.match(/_sdc_deleted_at/g)).toHaveLength(1);
});

test.each([['{}'], ['{ }'], ['{"_sdc_sequence":1}']])(
  'the record %s becomes a row of system columns',
  async (record) => {
    const { loader } = await runMessages([
      schemaOf('orders', {}, []),
      `{"type":"RECORD","stream":"orders","record":${record}}`,
    ]);

    expect(Object.keys(JSON.parse(loader.table('orders').texts[0] as string))).toHaveLength(7);
  },
);

test('marked rows keep the columns of their tap and get the start of their batch', async () => {
  const record =
    '{"id":1,"_sdc_sequence":5,"_sdc_received_at":"2026-01-01T00:00:00.000Z","_sdc_inbox":"i","_sdc_position":3}';
  const { loader } = await runMessages([
    markedSchemaOf('a-data'),
    `{"type":"RECORD","stream":"a-data","record":${record}}`,
  ]);
  const [row] = loader.table('a-data').rows;

  expect(row?.text).toMatch(
    /^\{"id":1,"_sdc_sequence":5,"_sdc_received_at":"2026-01-01T00:00:00.000Z","_sdc_inbox":"i","_sdc_position":3,"_sdc_batched_at":"[^"]+"\}$/,
  );
  expect({ ...row?.identity, sequence: row?.identity?.sequence }).toEqual({
    inbox: 'i',
    position: 3,
    sequence: 5,
  });
});

test('a batch time in a marked record is replaced', async () => {
  const { loader } = await runMessages([
    markedSchemaOf('a-data'),
    markedRecordOf('a-data', 1, { id: 1, _sdc_batched_at: 'theirs' }),
  ]);

  expect(loader.table('a-data').texts[0]).not.toContain('theirs');
});

test('all rows of a batch have one batch time', async () => {
  const { loader } = await runMessages([
    markedSchemaOf('a-data'),
    ...Array.from({ length: 5 }, (_, index) => markedRecordOf('a-data', index + 1)),
  ]);
  const times = loader.table('a-data').texts.map((text) => JSON.parse(text)._sdc_batched_at);

  expect(new Set(times).size).toBe(1);
});

test('columns that name a row mean nothing in a stream that is not marked', async () => {
  const { loader } = await runMessages([schemaOf('orders'), markedRecordOf('orders', 1)]);

  expect(loader.table('orders').rows[0]?.identity).toBeUndefined();
  expect(loader.table('orders').definition.hasIdentity).toBe(false);
});

test('without metadata rows are what the tap sent, character for character', async () => {
  const { text } = await rowOf(
    '{"type":"RECORD","stream":"orders","record":{ "id" : 1.0, "_sdc_sequence":"kept" }}',
    { add_record_metadata: false },
  );

  expect(text).toBe('{ "id" : 1.0, "_sdc_sequence":"kept" }');
});

test('the schema of the table has the system columns', async () => {
  const run = await runMessages([schemaOf('orders'), markedSchemaOf('a-data')]);
  const columnsOf = (stream: string) =>
    Object.keys(run.loader.table(stream).definition.schema.properties as object);

  expect(columnsOf('orders')).toEqual([
    'id',
    'name',
    '_sdc_extracted_at',
    '_sdc_received_at',
    '_sdc_batched_at',
    '_sdc_deleted_at',
    '_sdc_sequence',
    '_sdc_table_version',
    '_sdc_sync_started_at',
  ]);
  expect(columnsOf('a-data')).toEqual(['id', '_sdc_inbox', '_sdc_position', '_sdc_batched_at']);
});

test('without metadata the schema of the table is the one of the tap', async () => {
  const run = await runMessages([schemaOf('orders')], { settings: { add_record_metadata: false } });

  expect(run.loader.table('orders').definition.schema).toEqual(
    (schemaOf('orders') as { schema: object }).schema,
  );
});

test('columns that the target writes itself do not count when records are checked', async () => {
  const properties = { id: { type: 'integer' }, _sdc_sequence: { type: 'integer' } };
  const closed = { properties, additionalProperties: false, required: ['id'] };
  const run = await runMessages([
    schemaOf('plain', { ...closed, maxProperties: 2, required: ['id', '_sdc_batched_at'] }),
    recordOf('plain', { id: 1, _sdc_deleted_at: '2026-01-01T00:00:00Z', _sdc_sequence: 'x' }),
    recordOf('plain', { id: 2, other: 1 }),
    schemaOf('referred', { $ref: '#/definitions/row', definitions: { row: closed } }),
    recordOf('referred', { id: 3, _sdc_extracted_at: null }),
    markedSchemaOf('a-data'),
    markedRecordOf('a-data', 4, { id: 4, _sdc_batched_at: 5 }),
  ]);
  const [row] = run.loader.table('plain').texts.map((text) => JSON.parse(text));

  expect(run.loader.table('plain').rows).toHaveLength(1);
  expect(row).toMatchObject({
    id: 1,
    _sdc_deleted_at: '2026-01-01T00:00:00Z',
    _sdc_sequence: expect.any(Number),
  });
  expect(run.loader.table('referred').records).toMatchObject([{ id: 3 }]);
  expect(run.loader.table('a-data').records).toMatchObject([{ id: 4 }]);
  expect(run.loader.table('_sdc_rejected').texts.map((text) => JSON.parse(text).reason)).toEqual([
    'the record must NOT have additional properties',
  ]);
});
