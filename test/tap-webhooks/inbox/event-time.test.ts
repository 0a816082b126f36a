import { expect, it } from 'vitest';
import { readEventTime } from '../../../packages/tap-webhooks/dist/inbox/event-time.js';

it.each([
  ['seconds', '1732186784', '2024-11-21T10:59:44.000Z'],
  ['seconds with a fraction (Mailgun)', '1732186784.527', '2024-11-21T10:59:44.527Z'],
  ['milliseconds (HubSpot, Zoom)', '1732186784123', '2024-11-21T10:59:44.123Z'],
  ['microseconds', '1732186784123456', '2024-11-21T10:59:44.123Z'],
  ['nanoseconds', '1732186784123456789', '2024-11-21T10:59:44.123Z'],
  ['zero', '0', '1970-01-01T00:00:00.000Z'],
  ['a time before 1970', '-1', '1969-12-31T23:59:59.000Z'],
  ['RFC 3339 (Typeform)', '2024-11-21T10:59:44Z', '2024-11-21T10:59:44.000Z'],
  [
    'RFC 3339 with zone and fraction (Shopify)',
    '2024-11-21T10:59:44.123456789-05:00',
    '2024-11-21T15:59:44.123Z',
  ],
  ['ISO 8601 with a space and a short zone', '2024-11-21 10:59:44+0200', '2024-11-21T08:59:44.000Z'],
  ['ISO 8601 without a zone', '2024-11-21T10:59:44', '2024-11-21T10:59:44.000Z'],
  ['a date', '2024-11-21', '2024-11-21T00:00:00.000Z'],
  ['RFC 2822', 'Thu, 21 Nov 2024 10:59:44 +0100', '2024-11-21T09:59:44.000Z'],
  ['the form of HTTP', 'Thu, 21 Nov 2024 10:59:44 GMT', '2024-11-21T10:59:44.000Z'],
  ['the form of `date`', 'Thu Nov 21 10:59:44 +0000 2024', '2024-11-21T10:59:44.000Z'],
  ['white space around it', ' 1732186784 ', '2024-11-21T10:59:44.000Z'],
])('a time is read whatever the provider writes: %s', (_what, text, time) => {
  expect(readEventTime(text)).toBe(time);
});

it.each([
  '',
  'yesterday',
  '1e9',
  '0x10',
  '21/11/2024',
  '2024-02-30',
  '2024-11-21T25:00:00Z',
  '9'.repeat(21),
  'NaN',
])('what cannot be a time is none: %s', (text) => expect(readEventTime(text)).toBeNull());
