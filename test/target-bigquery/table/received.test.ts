import { expect, test } from 'vitest';
import { receivedWithin } from '../../../packages/target-bigquery/dist/table/received.js';

const DAY = 86_400_000;
const rowsAt = (...times: number[]) =>
  times.map((time) => ({ text: JSON.stringify({ _sdc_received_at: new Date(time).toISOString() }) }));

test('rows that were received within a day of each other have one span, in whatever order they come', () => {
  expect(receivedWithin(rowsAt(3 * DAY, 2 * DAY, 4 * DAY))).toEqual([{ earliest: 2 * DAY, latest: 4 * DAY }]);
});

test('rows that were received more than a day apart have spans of their own', () => {
  expect(receivedWithin(rowsAt(400 * DAY, 5, 0, 400 * DAY + 7))).toEqual([
    { earliest: 0, latest: 5 },
    { earliest: 400 * DAY, latest: 400 * DAY + 7 },
  ]);
});

test('of many times the ten spans with the widest gaps between them are kept', () => {
  const times = Array.from({ length: 20 }, (_, n) => n * n * n * DAY);
  const spans = receivedWithin(rowsAt(...times));

  expect(spans).toHaveLength(10);
  expect(spans?.[0]).toEqual({ earliest: 0, latest: 10 ** 3 * DAY });
  expect(spans?.[9]).toEqual({ earliest: 19 ** 3 * DAY, latest: 19 ** 3 * DAY });
});

test('there are no spans when a row says no time', () => {
  expect(receivedWithin([...rowsAt(0), { text: '{"_sdc_received_at":null}' }])).toBeUndefined();
  expect(receivedWithin([...rowsAt(0), { text: '{}' }])).toBeUndefined();
});
