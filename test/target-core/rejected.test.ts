import { expect, test } from 'vitest';
import { MemoryLoader } from '../helpers/memory-loader.js';
import {
  markedRecordOf,
  markedSchemaOf,
  recordOf,
  runMessages,
  schemaOf,
  stateOf,
} from '../helpers/target-run.js';

test('an invalid record goes to _sdc_rejected as it was sent, with the reason', async () => {
  const run = await runMessages([
    schemaOf('shop-orders'),
    '{"type":"RECORD","stream":"shop-orders","record":{"id": "x" ,"n":12345678901234567890}}',
    recordOf('shop-orders', { id: 2 }),
  ]);
  const row = JSON.parse(run.loader.table('shop-_sdc_rejected').texts[0] as string);

  expect(run.loader.table('shop-orders').records).toEqual([{ id: 2 }]);
  expect(row).toEqual({
    _sdc_rejected_at: expect.stringMatching(/^\d{4}-.*Z$/),
    table_name: 'orders',
    reason: expect.stringContaining('/id'),
    record: '{"id": "x" ,"n":12345678901234567890}',
    _sdc_inbox: null,
    _sdc_position: null,
    _sdc_sequence: null,
  });
  expect(run.failure).toBeUndefined();
});

test.each(['NaN', 'Infinity', '-Infinity'])(
  'a record with %s goes to _sdc_rejected, and others go on',
  async (word) => {
    const record = `{"id":2, "x":${word}}`;
    const run = await runMessages([
      schemaOf('s', { properties: { id: { type: 'integer' }, x: { type: 'number' } } }),
      recordOf('s', { id: 1 }),
      `{"type": "RECORD", "stream": "s", "record": ${record}}`,
      recordOf('s', { id: 3 }),
      stateOf({ n: 1 }),
    ]);

    expect(run.failure).toBeUndefined();
    expect(run.loader.table('s').records).toEqual([{ id: 1 }, { id: 3 }]);
    expect(JSON.parse(run.loader.table('_sdc_rejected').texts[0] as string)).toMatchObject({
      table_name: 's',
      reason: `the record holds ${word}, which JSON does not have`,
      record,
    });
    expect(run.states).toEqual(['{"n":1}']);
  },
);

test('a record with NaN is rejected although records are not checked, and stops a run that must not reject', async () => {
  const messages = [
    schemaOf('s'),
    '{"type":"RECORD","stream":"s","record":{"id":NaN}}',
    recordOf('s', { id: 1 }),
  ];
  const unchecked = await runMessages(messages, { settings: { validate_records: false } });
  const strict = await runMessages(messages, { settings: { on_invalid_record: 'fail' } });

  expect(unchecked.loader.table('s').records).toEqual([{ id: 1 }]);
  expect(unchecked.loader.table('_sdc_rejected').rows).toHaveLength(1);
  expect(strict.failure).toMatchObject({ code: 'record_invalid', exitCode: 2 });
});

test('_sdc_rejected is a table of the same schema, and its rows name themselves', async () => {
  const { loader } = await runMessages([schemaOf('shop-orders'), recordOf('shop-orders', { id: 'x' })]);

  expect(loader.table('shop-_sdc_rejected').definition).toMatchObject({
    stream: 'shop-_sdc_rejected',
    schemaName: 'shop',
    tableName: '_sdc_rejected',
    keyProperties: [],
    hasIdentity: true,
  });
});

test('a rejected record of a marked stream keeps its identity, one of another tap has none', async () => {
  const { loader } = await runMessages([
    markedSchemaOf('x-a'),
    schemaOf('x-b'),
    markedRecordOf('x-a', 7, { id: 'bad', _sdc_sequence: 1780000000007 }),
    recordOf('x-b', { id: 'bad' }),
  ]);
  const [first, second] = loader.table('x-_sdc_rejected').rows;

  expect({ ...first?.identity, sequence: first?.identity?.sequence }).toEqual({
    inbox: 'inbox1',
    position: 7,
    sequence: 1780000000007,
  });
  expect(JSON.parse(first?.text as string)).toMatchObject({
    _sdc_inbox: 'inbox1',
    _sdc_position: 7,
    _sdc_sequence: 1780000000007,
  });
  expect(second?.identity).toBeUndefined();
});

test('streams of one schema share _sdc_rejected, others have their own', async () => {
  const { loader } = await runMessages([
    ...['x-a', 'x-b', 'y-a', 'plain'].map((stream) => schemaOf(stream)),
    ...['x-a', 'x-b', 'y-a', 'plain'].map((stream) => recordOf(stream, { id: 'bad' })),
  ]);

  expect(loader.table('x-_sdc_rejected').rows).toHaveLength(2);
  expect(loader.table('y-_sdc_rejected').rows).toHaveLength(1);
  expect(loader.table('_sdc_rejected').rows).toHaveLength(1);
});

test('it is opened when the first record is rejected, not before', async () => {
  const { loader } = await runMessages([schemaOf('a'), recordOf('a', { id: 1 })]);

  expect([...loader.tables.keys()]).toEqual(['a']);
});

test('rows that the destination refuses are rejected with its reason', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.refuse = (row) => (JSON.parse(row.text).id % 2 === 0 ? 'even' : undefined);
  });
  const run = await runMessages([schemaOf('a'), ...[1, 2, 3, 4].map((id) => recordOf('a', { id }))], {
    loader,
  });
  const rejected = loader.table('_sdc_rejected').texts.map((text) => JSON.parse(text));

  expect(loader.table('a').records).toEqual([{ id: 1 }, { id: 3 }]);
  expect(rejected.map(({ reason, record }) => [reason, JSON.parse(record).id])).toEqual([
    ['even', 2],
    ['even', 4],
  ]);
  expect(run.log.at(-1)?.fields).toMatchObject({ loaded: 2, rejected: 2 });
});

test('many refused rows find room in _sdc_rejected', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.refuse = () => 'no';
  });
  const records = Array.from({ length: 50 }, (_, id) => recordOf('a', { id }));
  const run = await runMessages([schemaOf('a'), ...records, stateOf({ n: 1 })], {
    loader,
    settings: { batch_size_rows: 3, batch_size_bytes: 2000 },
  });

  expect(loader.table('_sdc_rejected').rows).toHaveLength(50);
  expect(run.states).toEqual(['{"n":1}']);
});

test('with on_invalid_record fail an invalid record stops the run', async () => {
  const run = await runMessages(
    [schemaOf('a'), recordOf('a', { id: 1 }), stateOf({ n: 1 }), recordOf('a', { id: 'canary' })],
    { settings: { on_invalid_record: 'fail' } },
  );

  expect(run.failure).toMatchObject({ code: 'record_invalid', exitCode: 2 });
  expect(run.failure?.message).toContain('Line 4: ');
  expect(run.failure?.message).not.toContain('canary');
  expect(run.loader.table('a').records).toEqual([{ id: 1 }]);
  expect(run.states).toEqual(['{"n":1}']);
});

test('with on_invalid_record fail a refused row stops the run, and no state covers it', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.refuse = () => 'canary';
  });
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 1 }), stateOf({ n: 1 })], {
    loader,
    settings: { on_invalid_record: 'fail' },
  });

  expect(run.failure).toMatchObject({ code: 'row_refused', exitCode: 3 });
  expect(run.failure?.message).not.toContain('canary');
  expect(run.states).toEqual([]);
});

test('rejected records never appear in the log', async () => {
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 'canary-1', name: ['canary-2'] })]);

  expect(run.warnings).toEqual(['records are rejected; _sdc_rejected contains them with the reason']);
  expect(JSON.stringify(run.log)).not.toContain('canary');
});

test('validate_records false loads what does not fit', async () => {
  const run = await runMessages([schemaOf('a'), recordOf('a', { id: 'x' })], {
    settings: { validate_records: false },
  });

  expect(run.loader.table('a').records).toEqual([{ id: 'x' }]);
});

test('the schema decides whether a key may be null', async () => {
  const nullable = { properties: { id: { type: ['null', 'integer'] } } };
  const run = await runMessages([
    schemaOf('strict'),
    recordOf('strict', { id: null }),
    schemaOf('lax', nullable),
    recordOf('lax', { id: null }),
  ]);

  expect(run.loader.table('_sdc_rejected').rows).toHaveLength(1);
  expect(run.loader.table('lax').records).toEqual([{ id: null }]);
});

test('when every record of a stream is rejected the run ends with exit code 2, after everything else', async () => {
  const run = await runMessages([
    schemaOf('shop-orders'),
    schemaOf('shop-users'),
    schemaOf('empty'),
    recordOf('shop-orders', { id: 'x' }),
    recordOf('shop-users', { id: 1 }),
    recordOf('shop-orders', { id: 'y' }),
    recordOf('shop-users', { id: 'z' }),
    stateOf({ n: 1 }),
  ]);

  expect(run.failure).toMatchObject({ code: 'all_records_rejected', exitCode: 2 });
  expect(run.failure?.message).toBe(
    'Every record of these streams was rejected: "shop-orders" (2). _sdc_rejected contains them with the reasons. Correct the SCHEMA or the records in the tap; everything else is loaded.',
  );
  expect(run.loader.table('shop-users').records).toEqual([{ id: 1 }]);
  expect(run.loader.table('shop-_sdc_rejected').rows).toHaveLength(3);
  expect(run.states).toEqual(['{"n":1}']);
  expect(run.log.slice(-3).map(({ fields, message }) => [fields.stream, message])).toEqual([
    ['shop-orders', '0 rows loaded, 2 rejected'],
    ['shop-users', '1 rows loaded, 1 rejected'],
    ['empty', '0 rows loaded'],
  ]);
});

test('a stream of which the destination refuses every row ends with exit code 2 too', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('s', (table) => {
    table.refuse = () => 'no';
  });
  const run = await runMessages([schemaOf('s'), recordOf('s', { id: 1 })], { loader });

  expect(run.failure).toMatchObject({ code: 'all_records_rejected', exitCode: 2 });
});

test('when every record of a marked stream is rejected a warning says how many', async () => {
  const run = await runMessages([
    markedSchemaOf('a-data'),
    markedRecordOf('a-data', 1, { id: 'x' }),
    markedRecordOf('a-data', 2, { id: 'y' }),
  ]);

  expect(run.failure).toBeUndefined();
  expect(run.warnings).toContain(
    'every record of this run was rejected (2); _sdc_rejected contains them with the reasons',
  );
  expect(run.log.at(-1)?.message).toBe('0 rows loaded, 2 rejected');
});

test('the failure lists 20 streams at most', async () => {
  const run = await runMessages(
    Array.from({ length: 50 }, (_, index) => [
      schemaOf(`s${index}`),
      recordOf(`s${index}`, { id: 'x' }),
    ]).flat(),
  );

  expect(run.failure?.message).toMatch(
    /^Every record of these streams was rejected: "s0" \(1\), .*, "s19" \(1\), … and 30 others\. _sdc_rejected contains them/,
  );
});

test('a record that is too large for _sdc_rejected too parks its stream alone, with its size in the sentence', async () => {
  const loader = new MemoryLoader();
  loader.prepare.set('a', (table) => {
    table.refuse = (row) => (row.text.length > 1000 ? 'too large' : undefined);
  });
  loader.prepare.set('_sdc_rejected', (table) => {
    table.refuse = (row) => (row.text.length > 1000 ? 'too large' : undefined);
  });
  const long = (id: number) => recordOf('a', { id, text: 'x'.repeat(2000) });
  const run = await runMessages(
    [
      schemaOf('a'),
      schemaOf('b'),
      recordOf('b', { id: 'bad' }),
      recordOf('a', { id: 1 }),
      long(2),
      recordOf('b', { id: 3 }),
    ],
    { loader },
  );

  expect(run.failure).toMatchObject({ code: 'tables_parked', exitCode: 3 });
  expect(run.failure?.message).toMatch(
    /^The destination refused rows of "_sdc_rejected", so rejected records could not be kept; the largest row has 2\d\d\d bytes\. /,
  );
  expect(loader.table('a').records).toEqual([{ id: 1 }]);
  expect(loader.table('b').records).toEqual([{ id: 3 }]);
  expect(loader.table('_sdc_rejected').rows).toHaveLength(1);
});
