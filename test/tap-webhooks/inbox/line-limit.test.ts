import { LIMIT } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import { streamFormat } from '../../../packages/tap-webhooks/dist/emit/stream-format.js';
import { judge } from '../../../packages/tap-webhooks/dist/inbox/judge.js';
import {
  canRowBeTooLong,
  isRowTooLong,
  MOST_ROW_BYTES,
} from '../../../packages/tap-webhooks/dist/inbox/line-limit.js';
import { prepare } from '../../../packages/tap-webhooks/dist/inbox/prepare.js';
import { Shapes } from '../../../packages/tap-webhooks/dist/inbox/shapes.js';
import { NOW, rules } from '../../contracts/inbox/subject.js';
import { fitInto, shapeOf } from '../columns/fitting.js';

describe('the longest row', () => {
  it('leaves room for the rest of its line', () => {
    const stream = `${'s'.repeat(63)}-data`;
    const stored = { stream, version: 1, epoch: 1, schema: {}, splits: {}, keyProperties: [] };
    const entry = {
      ...{ position: Number.MAX_SAFE_INTEGER, sequence: Number.MAX_SAFE_INTEGER, receivedAt: 8.64e15 },
      ...{ stream, schemaVersion: 1, check: '', deliveryId: null, eventType: null },
      ...{ inbox: 'i'.repeat(36), row: '{"__sdc_primary_key":"3f2c0a86-5a55-4a3c-9b7e-0d2f5f8f3f11"}' },
    };
    const line = streamFormat(stored, 'integration').recordLine(entry);
    expect(MOST_ROW_BYTES + Buffer.byteLength(line)).toBeLessThanOrEqual(LIMIT.lineBytes);
  });

  it('is measured in bytes of UTF-8', () => {
    const third = 'x'.repeat(MOST_ROW_BYTES / 4);
    expect(isRowTooLong(`${'é'.repeat(MOST_ROW_BYTES / 4)}${third}${third}`)).toBe(false);
    expect(isRowTooLong(`${'é'.repeat(MOST_ROW_BYTES / 4)}${third}${third}x`)).toBe(true);
  });

  it('has at most four times the bytes of its event', () => {
    const names = Array.from({ length: LIMIT.columnsPerObject }, (_, i) => `"c${i}":1`).join(',');
    const shape = shapeOf();
    fitInto(shape, `{"a":[{${names}}]}`);
    const event = `{"a":[${'{"":1},'.repeat(10_000)}{"":1}]}`;
    const { row } = fitInto(shape, event);
    expect(row.slice(0, 52)).toBe('{"a":[{"_sdc_extra":{"":1}},{"_sdc_extra":{"":1}},{"');
    expect(row.length / event.length).toBeGreaterThan(3);
    expect(row.length / event.length).toBeLessThan(4);
    expect(canRowBeTooLong('x'.repeat(MOST_ROW_BYTES / 4), 0, MOST_ROW_BYTES / 4)).toBe(false);
    expect(canRowBeTooLong('x'.repeat(MOST_ROW_BYTES / 4 + 1), 0, MOST_ROW_BYTES / 4 + 1)).toBe(true);
  });
});

it('an event whose row is too long is quarantined, and adds no columns', () => {
  const body = `{"a":"${'€'.repeat(MOST_ROW_BYTES / 3)}","b":1}`;
  const web = rules();
  const deliveries = [body, '{"c":1}'].map((text) => ({
    integration: 'web',
    receivedAt: NOW,
    body: Buffer.from(text),
  }));
  const known = {
    ...{ newest: 0, incarnation: 'i', confirmedTime: NOW, retryKeys: new Set<string>(), schemas: new Map() },
    sequence: { mark: 0, keys: new Map() },
  };
  const written = judge(known, prepare(deliveries, new Map([['web', web]])), new Shapes());
  expect(written.outcomes).toMatchObject([
    { stored: 0, quarantined: 1 },
    { stored: 1, quarantined: 0 },
  ]);
  expect(written.quarantined[0]?.reason).toBe('its row would be a line of more than 50331648 bytes');
  expect(written.quarantined[0]?.body.length).toBe(Buffer.byteLength(body));
  expect(Object.keys(written.schemas[0]?.schema.properties as object)).toEqual(['c']);
});
