import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cleanName } from '../../../packages/target-bigquery/dist/columns/names.js';
import { column, columnsOf, encoded, planOf } from './plan.js';

const text = { type: 'string' };
const hash = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 8);
const names = (plan: ReturnType<typeof planOf>) => plan.fields.map(({ name }) => name).slice(0, -1);

describe('a column name', () => {
  test.each([
    ['id', 'id'],
    ['customerId', 'customerId'],
    ['_sdc_sequence', '_sdc_sequence'],
    ['__sdc_primary_key', '__sdc_primary_key'],
    ['Total (EUR)', 'Total_EUR_'],
    ['a.b', 'a_b'],
    ['größe', 'grosse'],
    ['prénom', 'prenom'],
    ['возраст', 'vozrast'],
    ['имя клиента', 'imya_klienta'],
    ['ηλικία', 'ilikia'],
    ['名前', 'MingQian'],
    ['Ⅷ', 'VIII'],
    ['٣', '_3'],
    ['\u200b', '_'],
    ['', '_'],
    ['4th', '_4th'],
    ['_PARTITIONTIME', '__PARTITIONTIME'],
    ['_Table_x', '__Table_x'],
    ['__ROOT__a', '___ROOT__a'],
    ['_CHANGE_TYPE', '__CHANGE_TYPE'],
    ['_field_1', '__field_1'],
  ])('of %j is %s', (original, expected) => {
    expect(cleanName(original)).toBe(expected);
  });

  test('does not depend on how an accent is composed', () => {
    expect(cleanName('e\u0301a')).toBe(cleanName('\u00e9a'));
  });

  test('has at most 300 characters, and differs from that of a similar name', () => {
    const long = 'n'.repeat(301);
    expect(cleanName(long)).toBe(`${'n'.repeat(291)}_${hash(long)}`);
    expect(cleanName('n'.repeat(300))).toBe('n'.repeat(300));
  });
});

describe('names of one table', () => {
  test('differ in more than case: the first that came keeps its name, and the others get a digest', () => {
    expect(names(planOf({ foo: text, Foo: text }))).toEqual(['foo', `Foo_${hash('Foo')}`]);
    expect(names(planOf({ Foo: text, foo: text }))).toEqual(['Foo', `foo_${hash('foo')}`]);
    expect(names(planOf({ id: text, Id: text, ID: text }))).toEqual([
      'id',
      `Id_${hash('Id')}`,
      `ID_${hash('ID')}`,
    ]);
  });

  test('stay with their fields when a later SCHEMA names the fields in another order', () => {
    const before = planOf({ id: text, ID: text });
    const after = planOf({ ID: text, id: text }, { existing: before.fields });
    expect(after.added).toEqual([]);
    expect(encoded(after, '{"ID":"1","id":"2"}')).toBe(`{"ID_${hash('ID')}":"1","id":"2"}`);
  });

  test('of other alphabets that are alike in Latin letters differ by a digest', () => {
    expect(names(planOf({ größe: text, grösse: text, grosse: text }))).toEqual([
      `grosse_${hash('größe')}`,
      `grosse_${hash('grösse')}`,
      'grosse',
    ]);
  });

  test('of system columns are their own when a field has the same name in capitals', () => {
    const integer = { type: 'integer' };
    const properties = { ID: text, _SDC_SEQUENCE: integer, _SDC_EXTRA: text, _sdc_sequence: integer };
    const plan = planOf(properties);
    expect(names(plan)).toEqual(['ID', '_SDC_SEQUENCE_caca26b1', '_SDC_EXTRA_e1e3e2e7', '_sdc_sequence']);
    expect(encoded(plan, '{"_SDC_SEQUENCE":500,"_sdc_sequence":1}')).toBe(
      '{"_SDC_SEQUENCE_caca26b1":500,"_sdc_sequence":1}',
    );
  });

  test('of system columns in a table of an earlier version, where the field has the name, stay as they are', () => {
    const existing = [
      column('_SDC_SEQUENCE', 'INTEGER'),
      column('_sdc_sequence_775971c1', 'INTEGER', { description: 'Source field: "_sdc_sequence"' }),
    ];
    const plan = planOf(
      { _SDC_SEQUENCE: { type: 'integer' }, _sdc_sequence: { type: 'integer' } },
      { existing },
    );
    expect(plan.added).toEqual(['_sdc_extra']);
    expect(encoded(plan, '{"_SDC_SEQUENCE":500,"_sdc_sequence":1}')).toBe(
      '{"_SDC_SEQUENCE":500,"_sdc_sequence_775971c1":1}',
    );
  });

  test('stay as they are for fields that need no cleaning', () => {
    expect(names(planOf({ 'a b': text, a_b: text }))).toEqual([`a_b_${hash('a b')}`, 'a_b']);
  });

  test('are those of the existing columns, whichever field comes first today', () => {
    const before = planOf({ 'a b': text });
    const after = planOf({ a_b: text, 'a b': text }, { existing: before.fields });
    expect(after.added).toEqual([`a_b_${hash('a_b')}`]);
    expect(encoded(after, '{"a_b":"1","a b":"2"}')).toBe(`{"a_b_${hash('a_b')}":"1","a_b":"2"}`);
  });

  /** Columns as earlier versions named them, for the fields `имя`, `город` and `größe`. */
  const former = [
    column('_', 'STRING', { description: 'Source field: "имя"' }),
    column('__c4f5a5fa', 'STRING', { description: 'Source field: "город"' }),
    column('gr_e', 'STRING', { description: 'Source field: "größe"' }),
  ];

  test.each([
    ['with', former],
    ['without', former.map(({ description: _, ...field }) => field)],
  ])('of a table of an earlier version stay as they are, %s descriptions', (_with, existing) => {
    const plan = planOf({ größe: text, город: text, имя: text }, { existing });
    expect(plan.added).toEqual(['_sdc_extra']);
    expect(encoded(plan, '{"имя":"a","город":"b","größe":"c"}')).toBe(
      '{"_":"a","__c4f5a5fa":"b","gr_e":"c"}',
    );
  });

  test('never equal the name of the table, which means the whole row in a query', () => {
    expect(names(planOf({ Data: text, x: text }, { tableName: 'data' }))).toEqual(['Data_', 'x']);
  });

  test('inside a RECORD are cleaned likewise, and may equal the name of the table', () => {
    const plan = planOf(
      { r: { type: 'object', properties: { data: text, 'a b': text } } },
      { tableName: 'data' },
    );
    expect(columnsOf(plan)).toEqual(['r{data STRING, a_b STRING}']);
  });

  test('that differ from the name of the field give that name in the last line of the description', () => {
    const plan = planOf({ 'a "b"': { type: 'string', description: 'Both.' }, 'c d': text });
    expect(plan.fields.map(({ description }) => description).slice(0, 2)).toEqual([
      'Both.\nSource field: "a \\"b\\""',
      'Source field: "c d"',
    ]);
  });

  test('of fields whose name is too long for a description are found again by its digest', () => {
    const long = 'x y'.repeat(500);
    const before = planOf({ [long]: text });
    expect(before.fields[0]?.description).toMatch(/^Source field: sha256:[0-9a-f]{64}$/);
    expect(planOf({ [long]: text }, { existing: before.fields }).added).toEqual([]);
  });
});

test('a plan for a table that was created by the same plan adds nothing', () => {
  const properties = {
    'a b': text,
    'A B': text,
    4: { type: 'integer' },
    r: {
      type: 'object',
      properties: { 'x y': { type: 'array', items: { type: 'object', properties: { 1: text } } } },
    },
    data: { type: 'array', items: { type: 'array', items: text } },
  };
  for (const wrapping of [false, true]) {
    const before = planOf(properties, { tableName: 'data', wrapping });
    const after = planOf(properties, { tableName: 'data', wrapping, existing: before.fields });
    expect(after.described).toEqual([]);
    expect(after.added).toEqual([]);
    expect(after.fields).toEqual(before.fields);
    expect([...after.sources].sort()).toEqual([...before.sources].sort());
  }
});

test('a table without descriptions keeps its columns for the same fields', () => {
  const properties = { 'a b': text, 'A B': text, Data: text, n: { type: 'integer' } };
  const before = planOf(properties, { tableName: 'data' });
  const existing = before.fields.map(({ description: _, ...field }) => field);
  const after = planOf(properties, { tableName: 'data', existing });
  expect(after.added).toEqual([]);
  expect([...after.sources].sort()).toEqual([...before.sources].sort());
});

describe('a description that ends like the line that names a field', () => {
  const theirs = { type: 'string', description: 'Source field: "victim"' };

  test('does not take the column away from its field', () => {
    const before = planOf({ thief: theirs });
    expect(before.fields[0]?.description).toBe('Source field: "victim"\nSource field: "thief"');
    const after = planOf({ thief: theirs, victim: text }, { existing: before.fields });
    expect(after.added).toEqual(['victim']);
    expect(encoded(after, '{"thief":"t","victim":"v"}')).toBe('{"thief":"t","victim":"v"}');
  });
});

describe('a column found by likeness', () => {
  const stitch = [column('customerid', 'STRING', { description: 'Theirs.' })];

  test('gets the name of its field into its description, so that no later field takes it', () => {
    const first = planOf({ customerId: text }, { existing: stitch });
    expect(first.described).toEqual(['customerid']);
    expect(first.fields[0]?.description).toBe('Theirs.\nSource field: "customerId"');
    const second = planOf({ customerId: text, CustomerID: text }, { existing: first.fields });
    expect(second.described).toEqual([]);
    expect(encoded(second, '{"customerId":"one"}')).toBe('{"customerid":"one"}');
    expect(second.sources.get('customerid')).toBe('customerId');
  });

  test('inside a RECORD gets the name of its field too', () => {
    const existing = [column('r', 'RECORD', { fields: [column('a_b', 'STRING')] })];
    const plan = planOf({ r: { type: 'object', properties: { 'a b': text } } }, { existing });
    expect(plan.described).toEqual(['r.a_b']);
    expect(plan.fields[0]?.fields?.[0]?.description).toBe('Source field: "a b"');
  });

  test('keeps a description that has no room for the name', () => {
    const existing = [column('customerid', 'STRING', { description: 'x'.repeat(1020) })];
    const plan = planOf({ customerId: text }, { existing });
    expect([plan.described, plan.fields[0]]).toEqual([[], existing[0]]);
  });

  test('belongs to the field of exactly its name, else to the first field in alphabetical order', () => {
    expect(
      planOf({ customerid: text, Customerid: text }, { existing: stitch }).sources.get('customerid'),
    ).toBe('customerid');
    expect(
      planOf({ customerId: text, CustomerID: text }, { existing: stitch }).sources.get('customerid'),
    ).toBe('CustomerID');
  });

  test('does not belong to a field that has a column with its digest', () => {
    const first = planOf({ 'b c': text });
    const second = planOf({ 'b c': text, 'b\tc': text }, { existing: first.fields });
    const existing = second.fields.map(({ description: _, ...field }) => field);
    const copy = planOf({ 'b c': text, 'b\tc': text }, { existing });
    expect(copy.added).toEqual([]);
    expect([...copy.sources].sort()).toEqual([...second.sources].sort());
  });

  test('can have the name that Stitch gave it, without leading digits', () => {
    const existing = [column('_customerid', 'STRING')];
    const plan = planOf({ '4customerId': text }, { existing });
    expect(encoded(plan, '{"4customerId":"x"}')).toBe('{"_customerid":"x"}');
    expect(planOf({ '4customerId': text }).added).toEqual(['_4customerId', '_sdc_extra']);
  });
});
