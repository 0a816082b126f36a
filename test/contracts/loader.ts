import type { Row, TableDefinition } from '@tap-webhooks/target-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf, type Destination, type LoaderUnderTest } from './destination.js';
import { testPutBack } from './put-back.js';

export { batchOf } from './destination.js';

/** A table whose rows have identity (`x-sdc-identity`). */
export const marked: TableDefinition = {
  stream: 'contract-data',
  schemaName: 'contract',
  tableName: 'data',
  schema: {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      text: { type: 'string' },
      _sdc_inbox: { type: 'string' },
      _sdc_position: { type: 'integer' },
      _sdc_sequence: { type: 'integer' },
    },
    'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
  },
  keyProperties: ['n'],
  hasIdentity: true,
};

/** A table of another tap. */
export const unmarked: TableDefinition = {
  stream: 'contract-other',
  schemaName: 'contract',
  tableName: 'other',
  schema: { type: 'object', properties: { n: { type: 'integer' }, text: { type: 'string' } } },
  keyProperties: ['n'],
  hasIdentity: false,
};

/** The table of rejected records, from marked and unmarked streams: each row says for itself whether it has an identity. */
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

/** The sequence of the event at a position, in epoch ms: 2026-05-28 and later. */
const sequenceAt = (position: number) => 1_780_000_000_000 + position;

/** A row of the marked table. */
export function rowAt(
  position: number,
  inbox = 'inbox1',
  text = 'x',
  sequence: number = sequenceAt(position),
): Row {
  const columns = `"n":${position},"text":${JSON.stringify(text)}`;
  const identity = `"_sdc_inbox":${JSON.stringify(inbox)},"_sdc_position":${position},"_sdc_sequence":${sequence}`;
  return { text: `{${columns},${identity}}`, identity: { inbox, position, sequence } };
}

/** Rows of the marked table at first..last. */
export function rowsFrom(first: number, last: number, inbox = 'inbox1'): Row[] {
  return Array.from({ length: last - first + 1 }, (_, index) => rowAt(first + index, inbox));
}

/** What every loader must do (packages/target-core/src/loader.ts). */
export function testLoader(subject: LoaderUnderTest): void {
  testPutBack(subject);
  const { name, destination, spelling = (text) => text } = subject;
  describe(`${name} keeps the contract of a loader`, { timeout: 60_000 }, () => {
    async function openIn(place: Destination, table: TableDefinition) {
      const loader = await place.open();
      const sink = await loader.open(table);
      let isOpen = true;
      const close = async () => {
        if (!isOpen) return;
        isOpen = false;
        await sink.close();
        await loader.close();
      };
      onTestFinished(close);
      return { loader, sink, load: (rows: readonly Row[]) => sink.load(batchOf(rows)), close };
    }

    async function start(table: TableDefinition = marked) {
      const place = await destination();
      const run = await openIn(place, table);
      return {
        ...run,
        place,
        rows: () => rowsIn(place, table),
        again: () => openIn(place, table),
      };
    }

    const texts = (rows: readonly Row[]) => rows.map(({ text }) => spelling(text));
    const rowsIn = async (place: Destination, table: TableDefinition) =>
      (await place.rowsOf(table)).map(spelling);
    const positions = (rows: readonly string[]) => rows.map((row) => JSON.parse(row)._sdc_position);

    test('a table that was never loaded has no rows', async () => {
      const { rows } = await start();

      expect(await rows()).toEqual([]);
    });

    test('rows are there when load resolves, whole and in order', async () => {
      const { load, rows } = await start();

      const result = await load(rowsFrom(1, 100));

      expect(result).toEqual({ loaded: 100, skipped: 0, refused: [] });
      expect(await rows()).toEqual(texts(rowsFrom(1, 100)));
    });

    test('batches are appended one after the other', async () => {
      const { load, rows } = await start();

      await load(rowsFrom(1, 2));
      await load(rowsFrom(3, 3));
      await load(rowsFrom(4, 9));

      expect(await rows()).toEqual(texts(rowsFrom(1, 9)));
    });

    test('an empty batch loads nothing', async () => {
      const { load, rows } = await start();

      expect(await load([])).toEqual({ loaded: 0, skipped: 0, refused: [] });
      expect(await rows()).toEqual([]);
    });

    test('numbers, escapes and characters arrive as they were written', async () => {
      const { load, rows } = await start();
      const values =
        '"big":9007199254740993,"long":0.12345678901234567890123456789,"text":"\\u0041\\/é\u{1F600}\\n"';
      const row = {
        text: `{"n":1,${values},"_sdc_inbox":"inbox1","_sdc_position":1}`,
        identity: { inbox: 'inbox1', position: 1, sequence: undefined },
      };

      await load([row]);

      expect(await rows()).toEqual(texts([row]));
    });

    test('a row of several megabytes arrives whole', async () => {
      const { load, rows } = await start();
      const row = rowAt(1, 'inbox1', 'ü'.repeat(3_000_000));

      await load([row, rowAt(2)]);

      expect((await rows()).map((text) => text.length)).toEqual(
        texts([row, rowAt(2)]).map((text) => text.length),
      );
    });

    test('a batch of megabytes arrives whole and in order', async () => {
      const { load, rows } = await start();
      const batch = Array.from({ length: 60 }, (_, n) =>
        rowAt(n + 1, 'inbox1', 'aé€\u{1F600}'.repeat(100 * n)),
      );

      expect(await load(batch)).toEqual({ loaded: 60, skipped: 0, refused: [] });
      expect(await rows()).toEqual(texts(batch));
    });

    test('the same batch again changes nothing', async () => {
      const { load, rows } = await start();
      await load(rowsFrom(1, 10));

      expect(await load(rowsFrom(1, 10))).toEqual({ loaded: 0, skipped: 10, refused: [] });
      expect(await rows()).toEqual(texts(rowsFrom(1, 10)));
    });

    test('the same batch again changes nothing in the next run, after a clean end', async () => {
      const { load, close, again, rows } = await start();
      await load(rowsFrom(1, 10));
      await close();

      const next = await again();

      expect(await next.load(rowsFrom(1, 10))).toEqual({ loaded: 0, skipped: 10, refused: [] });
      expect(await rows()).toEqual(texts(rowsFrom(1, 10)));
    });

    test('the new rows of an overlapping batch are loaded', async () => {
      const { load, rows } = await start();
      await load(rowsFrom(1, 10));

      expect(await load(rowsFrom(6, 15))).toEqual({ loaded: 5, skipped: 5, refused: [] });
      expect(await rows()).toEqual(texts(rowsFrom(1, 15)));
    });

    test('a redelivery may be cut into other batches', async () => {
      const { load, close, again, rows } = await start();
      await load(rowsFrom(1, 7));
      await load(rowsFrom(8, 20));
      await close();
      const next = await again();

      await next.load(rowsFrom(3, 9));
      await next.load(rowsFrom(10, 30));

      expect(await rows()).toEqual(texts(rowsFrom(1, 30)));
    });

    test('a row that occurs twice in one batch is loaded once', async () => {
      const { load, rows } = await start();

      const result = await load([rowAt(1), rowAt(2), rowAt(1), rowAt(3), rowAt(3)]);

      expect(result).toEqual({ loaded: 3, skipped: 2, refused: [] });
      expect(await rows()).toEqual(texts([rowAt(1), rowAt(2), rowAt(3)]));
    });

    test('old and new rows may be mixed in one batch', async () => {
      const { load, rows } = await start();
      await load(rowsFrom(1, 4));

      await load([rowAt(5), rowAt(2), rowAt(6), rowAt(1), rowAt(7)]);

      expect(positions(await rows())).toEqual([1, 2, 3, 4, 5, 6, 7]);
    });

    test('a position in a gap between loaded positions is loaded once', async () => {
      const { load, close, again, rows } = await start();
      await load([rowAt(10), rowAt(20), rowAt(30)]);
      await close();
      const next = await again();

      expect(await next.load([rowAt(10), rowAt(15), rowAt(20)])).toMatchObject({ loaded: 1, skipped: 2 });
      expect(await next.load([rowAt(15), rowAt(25), rowAt(30)])).toMatchObject({ loaded: 1, skipped: 2 });
      expect(await next.load([rowAt(5), rowAt(25)])).toMatchObject({ loaded: 1, skipped: 1 });

      expect(positions(await rows()).sort((a, b) => a - b)).toEqual([5, 10, 15, 20, 25, 30]);
    });

    test('the same positions of several inboxes are different rows', async () => {
      const { load, rows } = await start();

      await load(rowsFrom(1, 3, 'inbox1'));
      expect(await load(rowsFrom(1, 3, 'inbox2'))).toMatchObject({ loaded: 3, skipped: 0 });
      const mixed = [rowAt(3, 'inbox1'), rowAt(3, 'inbox2'), rowAt(4, 'inbox2'), rowAt(4, 'inbox1')];
      expect(await load(mixed)).toMatchObject({ loaded: 2, skipped: 2 });

      expect((await rows()).length).toBe(8);
      expect(new Set(await rows()).size).toBe(8);
    });

    test('an inbox may have any name', async () => {
      const { load, close, again, rows } = await start();
      const names = ['__proto__', 'constructor', '', '"', '\n', '\u0000'];
      const batch = names.map((name) => rowAt(1, name));
      await load(batch);
      await close();
      const next = await again();

      expect(await next.load(batch)).toMatchObject({ loaded: 0, skipped: names.length });
      expect(await rows()).toEqual(texts(batch));
    });

    test('members of the payload do not identify a row, whatever their names are', async () => {
      const { load, close, again, rows } = await start();
      const tricky = {
        text: '{"n":1,"nested":{"_sdc_inbox":"inbox1","_sdc_position":7},"text":"\\"_sdc_position\\":8","_sdc_inbox":"inbox1","_sdc_position":1}',
        identity: { inbox: 'inbox1', position: 1, sequence: undefined },
      };
      await load([tricky, rowAt(9)]);
      await close();
      const next = await again();

      expect(await next.load([tricky, rowAt(7), rowAt(8), rowAt(9)])).toMatchObject({
        loaded: 2,
        skipped: 2,
      });
      expect(positions(await rows()).sort()).toEqual([1, 7, 8, 9]);
    });

    test('rows without identity are kept as often as they are sent', async () => {
      const { load, close, again, rows } = await start(unmarked);
      const row = { text: '{"n":1,"text":"same"}', identity: undefined };
      await load([row, row]);
      await close();
      const next = await again();

      expect(await next.load([row])).toEqual({ loaded: 1, skipped: 0, refused: [] });
      expect(await rows()).toEqual(texts([row, row, row]));
    });

    test('rejected records are loaded once where their row has identity', async () => {
      const { load, rows } = await start(rejected);
      const own = {
        text: '{"reason":"a","_sdc_inbox":"inbox1","_sdc_position":4,"_sdc_sequence":1780000000004}',
        identity: { inbox: 'inbox1', position: 4, sequence: 1_780_000_000_004 },
      };
      const other = {
        text: '{"reason":"b","_sdc_inbox":null,"_sdc_position":null,"_sdc_sequence":null}',
        identity: undefined,
      };
      await load([own, other]);

      expect(await load([own, other])).toEqual({ loaded: 1, skipped: 1, refused: [] });
      expect(await rows()).toEqual(texts([own, other, other]));
    });

    test('columns may be added between loads', async () => {
      const { load, sink, rows } = await start();
      await load([rowAt(1)]);
      const properties = { ...(marked.schema.properties as object), extra: { type: ['null', 'number'] } };

      await sink.alter({ ...marked, schema: { ...marked.schema, properties } });
      const row = {
        text: '{"n":2,"text":"x","extra":1.5,"_sdc_inbox":"inbox1","_sdc_position":2}',
        identity: { inbox: 'inbox1', position: 2, sequence: undefined },
      };
      await load([row]);

      expect(await rows()).toEqual(texts([rowAt(1), row]));
    });

    test('two tables of one loader do not mix', async () => {
      const place = await destination();
      const { loader, load } = await openIn(place, marked);
      const other = await loader.open(unmarked);
      const row = { text: '{"n":1,"text":"other"}', identity: undefined };

      await Promise.all([load(rowsFrom(1, 3)), other.load(batchOf([row]))]);
      await other.close();

      expect(await rowsIn(place, marked)).toEqual(texts(rowsFrom(1, 3)));
      expect(await rowsIn(place, unmarked)).toEqual(texts([row]));
    });

    test('a table that is open is refused to another run, with exit code 4', async () => {
      const { place } = await start();
      const other = await place.open();

      await expect(other.open(marked)).rejects.toMatchObject({
        exitCode: 4,
        message: expect.stringContaining(marked.stream),
      });
      await other.close();
    });

    test('a closed table may be opened by another run', async () => {
      const { close, again, rows } = await start();
      await close();
      const next = await again();

      await next.load([rowAt(1)]);

      expect(await rows()).toEqual(texts([rowAt(1)]));
    });

    test('the rows of a hundred small loads are all there', async () => {
      const { load, rows } = await start();

      for (let position = 1; position <= 100; position += 1) await load([rowAt(position)]);

      expect(await rows()).toEqual(texts(rowsFrom(1, 100)));
    });
  });
}
