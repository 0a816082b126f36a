import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../../packages/tap-webhooks/dist/emit/selection.js';
import { streamFormat } from '../../../packages/tap-webhooks/dist/emit/stream-format.js';

const stored = {
  stream: 'shop-data',
  version: 2,
  epoch: 1,
  schema: { type: 'object', properties: { id: { type: 'integer' }, note: { type: 'string' } } },
  keyProperties: ['id'],
  splits: {},
};
const entry = {
  position: 7,
  inbox: 'a1',
  stream: 'shop-data',
  receivedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  sequence: 1767323045006,
  schemaVersion: 2,
  deliveryId: null,
  eventType: null,
  check: 'c7',
  row: '{"id":12345678901234567890,"note":"x"}',
};

describe('the lines of a stream', () => {
  it('are a SCHEMA with the payload columns, then the system columns, then what a target must know', () => {
    expect(JSON.parse(streamFormat(stored, 'integration').schemaLine())).toEqual({
      type: 'SCHEMA',
      stream: 'shop-data',
      schema: {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          note: { type: 'string' },
          _sdc_received_at: { type: 'string', format: 'date-time' },
          _sdc_batched_at: { type: ['null', 'string'], format: 'date-time' },
          _sdc_sequence: { type: 'integer' },
          _sdc_table_version: { type: 'integer' },
          _sdc_inbox: { type: 'string' },
          _sdc_position: { type: 'integer' },
        },
        'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
        'x-sdc-sequence-unit': 'ms',
      },
      key_properties: ['id'],
    });
  });

  it('are a RECORD that contains the row digit for digit', () => {
    expect(streamFormat(stored, 'integration').recordLine(entry)).toBe(
      '{"type":"RECORD","stream":"shop-data","record":{"id":12345678901234567890,"note":"x",' +
        '"_sdc_received_at":"2026-01-02T03:04:05.006Z","_sdc_sequence":1767323045006,"_sdc_table_version":0,' +
        '"_sdc_inbox":"a1","_sdc_position":7},"time_extracted":"2026-01-02T03:04:05.006Z"}',
    );
  });

  it('have system columns alone when the payload is empty', () => {
    const line = streamFormat(stored, 'integration').recordLine({ ...entry, row: '{}' });
    expect(Object.keys(JSON.parse(line).record)).toEqual([
      '_sdc_received_at',
      '_sdc_sequence',
      '_sdc_table_version',
      '_sdc_inbox',
      '_sdc_position',
    ]);
  });

  it('name the generated key when the integration has no key', () => {
    const format = streamFormat({ ...stored, keyProperties: [] }, 'integration');
    expect(format.keyProperties).toEqual(['__sdc_primary_key']);
    expect(format.schema.properties).toHaveProperty('__sdc_primary_key', { type: 'string' });
  });

  it('name the identity as key when `emit_key` says so', () => {
    expect(streamFormat(stored, 'identity').keyProperties).toEqual([
      '_sdc_inbox',
      '_sdc_position',
      '_sdc_sequence',
    ]);
  });

  it('tell a target what it cannot know: which rows are versions of one thing, and splits', () => {
    const { schema } = streamFormat(
      { ...stored, latestBy: 'note', splits: { note__st: 'note' } },
      'integration',
    );
    expect(schema['x-sdc-latest-by']).toBe('note');
    expect(schema['x-sdc-splits']).toEqual({ note__st: 'note' });
  });

  describe('with properties deselected', () => {
    const choices = parseCatalog({
      streams: [
        {
          tap_stream_id: 'shop-data',
          metadata: [
            { breadcrumb: [], metadata: { selected: true } },
            ...['id', 'note', '_sdc_position', '_sdc_inbox'].map((name) => ({
              breadcrumb: ['properties', name],
              metadata: { selected: false },
            })),
          ],
        },
      ],
    }).choices('shop-data');
    const format = streamFormat(
      { ...stored, latestBy: 'note', splits: { note__st: 'note' } },
      'integration',
      choices,
    );

    it('lack them in schema and row, except for key and identity', () => {
      expect(Object.keys(format.schema.properties as object)).toEqual([
        'id',
        '_sdc_received_at',
        '_sdc_batched_at',
        '_sdc_sequence',
        '_sdc_table_version',
        '_sdc_inbox',
        '_sdc_position',
      ]);
      expect(format.recordLine(entry)).toContain('"record":{"id":12345678901234567890,"_sdc_received_at"');
    });

    it('no longer name what needs them', () => {
      expect(format.schema).not.toHaveProperty('x-sdc-latest-by');
      expect(format.schema).not.toHaveProperty('x-sdc-splits');
    });
  });
});
