import type { Row, TableDefinition } from '@tap-webhooks/target-core';
import { describe, expect, test } from 'vitest';
import { batchOf, type Destination, type LoaderUnderTest } from './destination.js';

/** A table of our tap, with times of receipt. */
const table: TableDefinition = {
  stream: 'contract-data',
  schemaName: 'contract',
  tableName: 'data',
  schema: {
    type: 'object',
    properties: {
      text: { type: 'string' },
      _sdc_received_at: { type: 'string', format: 'date-time' },
      _sdc_sequence: { type: 'integer' },
      _sdc_inbox: { type: 'string' },
      _sdc_position: { type: 'integer' },
    },
    'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
  },
  keyProperties: [],
  hasIdentity: true,
};

const rejected: TableDefinition = {
  stream: 'contract-_sdc_rejected',
  schemaName: 'contract',
  tableName: '_sdc_rejected',
  schema: {
    type: 'object',
    properties: {
      reason: { type: 'string' },
      _sdc_inbox: { type: ['null', 'string'] },
      _sdc_position: { type: ['null', 'integer'] },
      _sdc_sequence: { type: ['null', 'integer'] },
    },
    'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
  },
  keyProperties: [],
  hasIdentity: true,
};

const MINUTE = 60_000;
/** When the inbox took its first event: 2026-05-28. */
const BEGUN = 1_780_000_000_000;
/** When an older copy of the inbox was put back, an hour later. */
const PUT_BACK = BEGUN + 60 * MINUTE;

function event(
  position: number,
  text: string,
  sequence: number,
  receivedAt = sequence,
  inbox = 'inbox1',
): Row {
  const time = new Date(receivedAt).toISOString();
  const members = { text, _sdc_received_at: time, _sdc_sequence: sequence };
  const row = { ...members, _sdc_inbox: inbox, _sdc_position: position };
  return { text: JSON.stringify(row), identity: { inbox, position, sequence } };
}

const from = (first: number, last: number, at: (position: number) => Row) =>
  Array.from({ length: last - first + 1 }, (_, index) => at(first + index));

/** Events as the inbox took them at first. */
const first = (one: number, other: number, inbox = 'inbox1') =>
  from(one, other, (position) => {
    const time = BEGUN + position * MINUTE;
    return event(position, 'first', time, time, inbox);
  });
/** Events that the inbox took at the same positions after its copy, which ended before them, was put back. */
const others = (one: number, other: number) =>
  from(one, other, (position) => event(position, 'other', PUT_BACK + position * MINUTE));
/** An event of an old receipt that became a row after the copy was put back: its sequence is the highest of the copy. */
const retried = (position: number) =>
  event(position, 'retried', BEGUN + 6 * MINUTE, Date.parse('2025-01-01T00:00:00.000Z'));
/** An event of an old receipt whose sequence is as old, as from an import. */
const imported = (position: number) => event(position, 'imported', Date.parse('2025-01-01T00:00:00.000Z'));

/** What the tap sends after something was put back. The backups of inbox and table end with position 6. */
const inputs: { readonly [input: string]: readonly Row[] } = {
  'the same events again': first(1, 12),
  'other events at the same positions': [...first(5, 6), ...others(7, 12)],
  'other events, one of them retried with an old receipt': [
    ...first(5, 6),
    retried(7),
    ...others(8, 9),
    retried(10),
    ...others(11, 12),
  ],
  'other events, one of them imported with an old sequence': [
    ...first(5, 6),
    ...others(7, 8),
    imported(9),
    ...others(10, 12),
  ],
  'the same events and others in one batch': [
    ...first(5, 10),
    ...others(7, 12),
    imported(8),
    ...first(11, 12),
  ],
  'events of a renewed inbox after those of the former one': [...first(5, 10), ...first(11, 14, 'inbox2')],
  'events of two inboxes in turn': [...first(9, 10), ...first(9, 10, 'inbox2'), ...others(10, 11)],
};

/** What every loader must do after a backup of the inbox, the state or the table was put back. */
export function testPutBack({ name, destination, spelling = (text) => text }: LoaderUnderTest): void {
  describe(`${name} loads each event once after a backup was put back`, { timeout: 60_000 }, () => {
    async function run(place: Destination, of: TableDefinition, ...batches: Array<readonly Row[]>) {
      const loader = await place.open();
      const sink = await loader.open(of);
      for (const rows of batches) await sink.load(batchOf(rows));
      await sink.close();
      await loader.close();
    }

    const shown = (rows: readonly string[]) => rows.map(spelling).sort();
    const texts = (...lists: Array<readonly Row[]>) =>
      shown([...new Set(lists.flat().map(({ text }) => text))]);

    /** A destination with a table that was kept, put back to an older copy, or is gone; and the rows that it has. */
    const tables: { readonly [state: string]: (place: Destination) => Promise<readonly Row[]> } = {
      kept: async (place) => {
        await run(place, table, first(1, 6), first(7, 10));
        return first(1, 10);
      },
      older: async (place) => {
        await run(place, table, first(1, 6));
        const putBack = await place.backUp();
        await run(place, table, first(7, 10));
        await putBack();
        return first(1, 6);
      },
      gone: async (place) => {
        const putBack = await place.backUp();
        await run(place, table, first(1, 6), first(7, 10));
        await putBack();
        return [];
      },
    };

    for (const [state, prepare] of Object.entries(tables)) {
      test.each(Object.entries(inputs))(`the table is ${state}, and the tap sends %s`, async (_, sent) => {
        const place = await destination();
        const had = await prepare(place);

        await run(place, table, sent);

        expect(shown(await place.rowsOf(table))).toEqual(texts(had, sent));
        await run(place, table, sent.slice(0, 3), sent.slice(3)); // the state was lost: everything comes again
        expect(shown(await place.rowsOf(table))).toEqual(texts(had, sent));
      });
    }

    test('a rejected record at the position of another one is kept, once', async () => {
      const place = await destination();
      const at = (position: number, sequence: number): Row => {
        const names = { _sdc_inbox: 'inbox1', _sdc_position: position, _sdc_sequence: sequence };
        const text = JSON.stringify({ reason: 'because', ...names });
        return { text, identity: { inbox: 'inbox1', position, sequence } };
      };
      const before = [at(4, BEGUN), at(5, BEGUN + 1)];
      const after = [at(4, PUT_BACK), at(5, PUT_BACK), at(6, BEGUN - 1)];

      await run(place, rejected, before);
      await run(place, rejected, after);
      await run(place, rejected, [...before, ...after]);

      expect(shown(await place.rowsOf(rejected))).toEqual(texts(before, after));
    });
  });
}
