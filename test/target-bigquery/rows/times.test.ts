import { describe, expect, test } from 'vitest';
import { ProtoEncoder } from '../../../packages/target-bigquery/dist/rows/proto-encode.js';
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
    ['2023-04-26 14:57:00 -0700', '2023-04-26 14:57:00-07:00'],
    ['2023-04-26 14:57:00 +00:00', '2023-04-26 14:57:00Z'],
    ['2023-04-26 14:57:00 UTC', '2023-04-26 14:57:00Z'],
    ['2023-04-26T14:57:00 Z', '2023-04-26T14:57:00Z'],
    ['2009-11-10 23:00:00 +0000 UTC', '2009-11-10 23:00:00Z'],
    ['2026-01-31T12:00:00,5Z', '2026-01-31T12:00:00.5Z'],
    ['2024-05-01T10:00:00+00:00+00:00', '2024-05-01T10:00:00Z'],
    ['2024-05-01T10:00:00.25+00:00Z', '2024-05-01T10:00:00.25Z'],
  ])('takes %s written as %s', (text, expected) => {
    expect(loaded(timestamps, text)).toBe(kept(expected));
  });

  test.each([
    ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123456Z'],
    ['2026-03-03T14:59:33.4902601Z', '2026-03-03T14:59:33.490260Z'],
    ['2026-03-03 14:59:33.9999999 -0700', '2026-03-03 14:59:33.999999-07:00'],
    ['9999-12-31T23:59:59.9999999', '9999-12-31T23:59:59.999999'],
  ])('takes %s to the microsecond, and its whole text is in _sdc_extra', (text, expected) => {
    expect(loaded(timestamps, text)).toBe(`{"t":"${expected}","_sdc_extra":{"t":"${text}"}}`);
  });

  test.each([
    '2026-02-30T12:00:00Z',
    '0000-00-00',
    '0000-00-00 00:00:00',
    '0000-00-00T00:00:00Z',
    'infinity',
    '-infinity',
    '2026-01-31T24:00:00 UTC',
    '2026-01-31T12:00:60,5Z',
    '2026-01-31T12:00:00+02:00+02:00',
    '2026-01-31T12:00:00+02:00+00:00',
    '2026-01-31T12:00:00 PDT',
    '2026-01-31T12:00:00,Z',
    '2026-01-31T12:00:00  Z',
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

test.each([
  '2024-03-16T00:00:00+00:00',
  '2024-03-16T00:00:00.000Z',
  '2024-03-16T00:00:00-00:00',
  '2024-03-16 00:00:00',
  '2024-03-16 00:00:00 UTC',
  '2024-03-16T00:00',
])('a DATE column takes its midnight %s', (text) => {
  expect(loaded(dates, text)).toBe(kept('2024-03-16'));
});

test.each([
  '2026-1-31',
  '2026-02-30',
  '31.01.2026',
  '0000-00-00',
  '2024-03-16T00:00:00+02:00',
  '2024-03-16T00:00:00.001Z',
  '2024-03-16T00:00:01Z',
  '2024-03-16T24:00:00Z',
])('a DATE column does not take %s', (text) => {
  expect(loaded(dates, text)).toBe(aside(text));
});

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
  expect(loaded(datetimes, '2026-01-31 12:00:00,5')).toBe(kept('2026-01-31T12:00:00.5'));
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

test('a time in a list fills its item to the microsecond, and its whole text is in _sdc_extra', () => {
  const plan = planOf({ t: { type: 'array', items: { type: 'string', format: 'date-time' } } });
  expect(encoded(plan, '{"t":["2026-01-31T12:00:00Z","2026-01-31T12:00:00.1234567Z"]}')).toBe(
    '{"t":["2026-01-31T12:00:00Z","2026-01-31T12:00:00.123456Z"],"_sdc_extra":{"t[1]":"2026-01-31T12:00:00.1234567Z"}}',
  );
});

// microseconds since 1970, and days since then, as the Storage Write API takes them
test.each([
  [timestamps, '2023-04-26 14:57:00 -0700', 1_682_546_220_000_000n],
  [timestamps, '2024-05-01T10:00:00+00:00+00:00', 1_714_557_600_000_000n],
  [timestamps, '2026-03-03T14:59:33.4902601Z', 1_772_549_973_490_260n],
  [timestamps, '2026-03-03T14:59:33,5Z', 1_772_549_973_500_000n],
  [dates, '2024-03-16T00:00:00+00:00', 19_798n],
])('a request of the Storage Write API has the same time (case %#)', (plan, text, expected) => {
  const row = new ProtoEncoder(plan.fields.slice(0, 1)).encode(
    loaded(plan, text).replace(/,"_sdc_extra":.*/, '}'),
  );
  expect(row).not.toHaveProperty('refused');
  expect(Buffer.from((row as { bytes: Uint8Array }).bytes).toString('hex')).toBe(`08${varint(expected)}`);
});

function varint(value: bigint): string {
  const last = value < 128n;
  const byte = Number(last ? value : (value & 127n) | 128n);
  return byte.toString(16).padStart(2, '0') + (last ? '' : varint(value >> 7n));
}

describe('_sdc_deleted_at', () => {
  const deleted = planOf({
    _sdc_received_at: { type: ['null', 'string'], format: 'date-time' },
    _sdc_deleted_at: { type: ['null', 'string'], format: 'date-time' },
  });
  const row = (mark: string) => `{"_sdc_received_at":"2026-02-01T08:00:00.000Z","_sdc_deleted_at":${mark}}`;

  test.each(['1714557600', 'true', '"yes"', '"2024-02-30T00:00:00Z"', '{"at":1}'])(
    'has the time of receipt when the mark is %s, which is in _sdc_extra',
    (mark) => {
      expect(encoded(deleted, row(mark))).toBe(
        `{"_sdc_received_at":"2026-02-01T08:00:00.000Z","_sdc_deleted_at":"2026-02-01T08:00:00.000Z","_sdc_extra":{"_sdc_deleted_at":${mark}}}`,
      );
    },
  );

  test('has the time that was sent, also with its offset twice', () => {
    expect(encoded(deleted, row('"2024-05-01T10:00:00+00:00+00:00"'))).toBe(row('"2024-05-01T10:00:00Z"'));
  });

  test.each(['false', '""'])('is NULL for %s, which marks nothing', (mark) => {
    expect(encoded(deleted, row(mark))).toBe(
      `{"_sdc_received_at":"2026-02-01T08:00:00.000Z","_sdc_extra":{"_sdc_deleted_at":${mark}}}`,
    );
  });

  test('is NULL for null', () => {
    expect(encoded(deleted, row('null'))).toBe(row('null'));
  });
});
