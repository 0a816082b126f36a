import { describe, expect, test } from 'vitest';
import { column, columnsOf, encoded, planOf } from '../columns/plan.js';

const timestamps = planOf({ t: { type: 'string', format: 'date-time' } });
const dates = planOf({ t: { type: 'string', format: 'date' } });
const times = planOf({ t: { type: 'string', format: 'time' } }, { existing: [column('t', 'TIME')] });
const datetimes = planOf({ t: { type: 'string' } }, { existing: [column('t', 'DATETIME')] });

const loaded = (plan: typeof dates, text: string) => encoded(plan, JSON.stringify({ t: text }));
const kept = (text: string) => JSON.stringify({ t: text });
const aside = (text: string) => JSON.stringify({ _sdc_extra: { t: text } });

describe('a TIMESTAMP column', () => {
  test.each([
    '2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00.1Z',
    '2026-01-31T12:00:00.123456Z',
    '2026-01-31 12:00:00.123456+00:00',
    '2026-01-31T12:00:00-08:00',
    '2026-01-31T12:00:00',
    '2026-01-31',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999Z',
    '2024-02-29T23:59:59+14:00',
    '0001-01-01T00:00:00-01:00',
  ])('takes %s as it is', (text) => {
    expect(loaded(timestamps, text)).toBe(kept(text));
  });

  test.each([
    ['2026-01-31T12:00:00.123456000Z', '2026-01-31T12:00:00.123456Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00Z'],
    ['2026-01-31T12:00:00+0200', '2026-01-31T12:00:00+02:00'],
    ['2026-01-31T12:00:00+02', '2026-01-31T12:00:00+02:00'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00Z'],
  ])('takes %s written as %s', (text, expected) => {
    expect(loaded(timestamps, text)).toBe(kept(expected));
  });

  test.each([
    '2026-01-31T12:00:00.123456789Z',
    '2026-02-30T12:00:00Z',
    '2023-02-29T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-12-31T23:59:60Z',
    '2026-12-31T24:00:00Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '2026-01-31T12:00:00+15:00',
    '10000-01-01T00:00:00Z',
    '2026-01-31T12:00:00 Europe/Berlin',
    'yesterday',
    '',
  ])('does not take %j: it is in _sdc_extra, unaltered', (text) => {
    expect(loaded(timestamps, text)).toBe(aside(text));
  });

  test('takes no number, which BigQuery would read as seconds', () => {
    expect(encoded(timestamps, '{"t":1767225600}')).toBe('{"_sdc_extra":{"t":1767225600}}');
  });

  test('takes no text with an escape', () => {
    expect(encoded(timestamps, '{"t":"2026-01-31T12:00:00\\u005a"}')).toBe(
      '{"_sdc_extra":{"t":"2026-01-31T12:00:00\\u005a"}}',
    );
  });

  test('leaves what it does not hold to the split column for text', () => {
    const existing = [column('t', 'TIMESTAMP'), column('t__st', 'STRING')];
    const plan = planOf({ t: { type: 'string', format: 'date-time' } }, { existing });
    expect(encoded(plan, '{"t":"soon"}')).toBe('{"t__st":"soon"}');
  });
});

test.each(['2026-01-31', '0001-01-01', '2024-02-29'])('a DATE column takes %s', (text) => {
  expect(loaded(dates, text)).toBe(kept(text));
});

test.each(['2026-1-31', '2026-02-30', '2026-01-31T00:00:00Z', '31.01.2026'])(
  'a DATE column does not take %s',
  (text) => {
    expect(loaded(dates, text)).toBe(aside(text));
  },
);

test.each(['12:00:00', '23:59:59.999999'])('a TIME column that exists takes %s', (text) => {
  expect(loaded(times, text)).toBe(kept(text));
});

test.each(['12:00:00Z', '24:00:00', '12:00', '12:00:00.1234567'])(
  'a TIME column that exists leaves %s to a further column',
  (text) => {
    expect(loaded(times, text)).toBe(JSON.stringify({ t__st: text }));
  },
);

test('a DATETIME column that exists takes times without an offset', () => {
  expect(loaded(datetimes, '2026-01-31T12:00:00.5')).toBe(kept('2026-01-31T12:00:00.5'));
  expect(loaded(datetimes, '2026-01-31T12:00:00Z')).toBe('{"t__st":"2026-01-31T12:00:00Z"}');
});

describe('a key that is a time', () => {
  const time = { type: 'string', format: 'date-time' };
  const fine = '2026-01-01T00:00:00.123456789Z';

  test.each([
    ['as a key', time, { keyProperties: ['t'] }],
    ['as a date in the key', { type: 'string', format: 'date' }, { keyProperties: ['t'] }],
    ['by x-sdc-latest-by', time, { keywords: { 'x-sdc-latest-by': 't' } }],
    ['by the event type', time, { keywords: { 'x-sdc-latest-by': { column: 'e', paths: { x: 't' } } } }],
  ] as const)('%s is never in _sdc_extra', (_, schema, options) => {
    const plan = planOf({ t: schema }, options);
    expect(plan.added).toEqual(['t', 't__st', '_sdc_extra']);
    expect(loaded(plan, fine)).toBe(`{"t__st":"${fine}"}`);
    expect(planOf({ t: schema }, { ...options, existing: plan.fields }).added).toEqual([]);
  });

  test('gets a column for text inside a RECORD too', () => {
    const properties = { r: { type: 'object', properties: { t: time } } };
    const plan = planOf(properties, { keywords: { 'x-sdc-latest-by': 'r.t' } });
    expect(columnsOf(plan)).toEqual(['r{t TIMESTAMP, t__st STRING}']);
  });

  test('gets a column for text in an existing table, unless one already holds text', () => {
    const keyProperties = ['t'];
    expect(planOf({ t: time }, { keyProperties, existing: [column('t', 'TIMESTAMP')] }).added).toEqual([
      't__st',
      '_sdc_extra',
    ]);
    expect(planOf({ t: time }, { keyProperties, existing: [column('t', 'STRING')] }).added).toEqual([
      '_sdc_extra',
    ]);
  });
});
