import { expect, test } from 'vitest';
import { rowWriter } from '../../../packages/target-bigquery/dist/rows/row-writer.js';
import { column, planOf } from '../columns/plan.js';

type Plan = ReturnType<typeof planOf>;

/** What a writer says of the values that are not in the column of their field, after some rows. */
function divertedIn(plan: Plan, rows: readonly string[]) {
  const writer = rowWriter(plan);
  for (const row of rows) writer.encode(row);
  return writer.takeDiverted();
}

const time = { type: 'string', format: 'date-time' };

test('values that fit their columns are not counted, nor are fields that the schema does not name', () => {
  const plan = planOf({ t: time, n: { type: 'integer' } }, { existing: [column('old', 'INTEGER')] });
  expect(
    divertedIn(plan, [
      '{"t":"2026-01-31T12:00:00Z","n":1}',
      '{"t":null,"more":1,"old":"x","_sdc_extra":{"a":1}}',
    ]),
  ).toEqual([]);
});

test('values are counted per field, with the form of the first one', () => {
  const plan = planOf({ t: time, d: { type: 'string', format: 'date' }, n: { type: 'integer' } });
  expect(
    divertedIn(plan, [
      '{"t":"yesterday","n":1}',
      '{"t":"infinity","d":"31.01.2026"}',
      '{"n":12345678901234567890}',
    ]),
  ).toEqual([
    { field: 't', column: 't', into: '_sdc_extra', form: 'text of 9 characters that is no time', count: 2 },
    { field: 'd', column: 'd', into: '_sdc_extra', form: 'text of 10 characters that is no date', count: 1 },
    { field: 'n', column: 'n', into: '_sdc_extra', form: 'an integer of 20 digits', count: 1 },
  ]);
});

test('digits beyond the microsecond are counted, though the column is filled', () => {
  expect(divertedIn(planOf({ t: time }), ['{"t":"2026-03-03T14:59:33.4902601Z"}'])).toEqual([
    {
      field: 't',
      column: 't',
      into: '_sdc_extra',
      form: 'text of 28 characters with 7 digits of a second',
      count: 1,
    },
  ]);
});

test('a value in a split column is counted', () => {
  const plan = planOf({ t: time }, { existing: [column('t', 'TIMESTAMP'), column('t__st', 'STRING')] });
  expect(divertedIn(plan, ['{"t":"soon"}', '{"t":"2026-01-31T12:00:00Z"}'])).toEqual([
    { field: 't', column: 't', into: 't__st', form: 'text of 4 characters that is no time', count: 1 },
  ]);
});

test('values within objects and lists are counted by their path', () => {
  const inner = { type: 'object', properties: { at: time } };
  const plan = planOf({
    buyer: inner,
    list: { type: 'array', items: inner },
    tags: { type: 'array', items: time },
  });
  expect(divertedIn(plan, ['{"buyer":{"at":"a"},"list":[{"at":"b"},{"at":"c"}],"tags":["d"]}'])).toEqual([
    {
      field: 'buyer.at',
      column: 'at',
      into: '_sdc_extra',
      form: 'text of 1 characters that is no time',
      count: 1,
    },
    {
      field: 'list.at',
      column: 'at',
      into: '_sdc_extra',
      form: 'text of 1 characters that is no time',
      count: 2,
    },
    { field: 'tags', column: 'tags', into: '_sdc_extra', form: 'a list', count: 1 },
  ]);
});

test('a list that is in _sdc_extra as a whole is one value', () => {
  const plan = planOf({ list: { type: 'array', items: { type: 'object', properties: { at: time } } } });
  expect(divertedIn(plan, ['{"list":[{"at":"b"},null]}'])).toEqual([
    { field: 'list', column: 'list', into: '_sdc_extra', form: 'a list', count: 1 },
  ]);
});

test('a row that was not used is not counted', () => {
  const writer = rowWriter(planOf({ t: time }));
  writer.encode('{"t":"x"}');
  writer.uncount();
  expect(writer.takeDiverted()).toEqual([]);
  writer.encode('{"t":"x"}');
  expect(writer.takeDiverted()).toHaveLength(1);
  expect(writer.takeDiverted()).toEqual([]);
});

test('a row with a name twice is counted once', () => {
  expect(divertedIn(planOf({ t: time }), ['{"t":"x","t":"y"}'])).toMatchObject([{ field: 't', count: 1 }]);
});
