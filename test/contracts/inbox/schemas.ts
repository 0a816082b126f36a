import { compileSchema } from '@tap-webhooks/singer/validate';
import { describe, expect, it } from 'vitest';
import { StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';
import type { InboxReader, InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { append, entriesOf, type InboxSubject, openWith, rowsOf, rules } from './subject.js';

async function versionsOf(inbox: InboxReader): Promise<number[]> {
  return (await entriesOf(inbox)).map(({ schemaVersion }) => schemaVersion);
}

async function columnsOf(inbox: InboxReader, version: number): Promise<string[]> {
  const { schema } = await inbox.schema('web-data', version);
  return Object.keys((schema as { properties?: object }).properties ?? {});
}

/** Tests that each event names a version of its stream's schema that holds it. */
export function testSchemas(subject: InboxSubject): void {
  describe('schemas', () => {
    it('schemas start with the one that the integration declares', async () => {
      const schema = { type: 'object', properties: { id: { type: 'integer' } } };
      const { inbox } = await openWith(subject, rules({ schema, keyProperties: ['id'], latestBy: 'id' }));
      expect(await inbox.schemas()).toMatchObject([
        { stream: 'web-data', version: 1, keyProperties: ['id'], latestBy: 'id', splits: {} },
      ]);
      expect(await columnsOf(inbox, 1)).toEqual(['id']);
    });

    it('schemas get a new version with an event that shows something new, and keep it for the others', async () => {
      const { inbox } = await openWith(subject);
      for (const body of [{ a: 1 }, { a: 2 }, { b: 1 }, { a: 1, b: 1 }]) await append(inbox, body);
      expect(await versionsOf(inbox)).toEqual([2, 2, 3, 3]);
      expect(await columnsOf(inbox, 2)).toEqual(['a']);
      expect(await columnsOf(inbox, 3)).toEqual(['a', 'b']);
    });

    it('schemas agree when events that come at once bring new fields', async () => {
      const { inbox } = await openWith(subject);
      await Promise.all(Array.from({ length: 50 }, (_, n) => append(inbox, { [`f${n % 3}`]: 1 })));
      const versions = await versionsOf(inbox);
      expect(versions).toEqual([...versions].sort((one, other) => one - other));
      expect(await columnsOf(inbox, versions.at(-1) ?? 0)).toEqual(['f0', 'f1', 'f2']);
    });

    it('schemas describe every row that refers to them', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{ a: 1 }, { a: 'x', b: { c: 1 } }, { a: 1.5, b: { d: 2 } }, { a: 2 }]);
      await append(inbox, { e: 1 });
      for (const { row, schemaVersion } of await entriesOf(inbox)) {
        const columns = await columnsOf(inbox, schemaVersion);
        const sent = Object.keys(JSON.parse(row)).filter((name) => name !== '__sdc_primary_key');
        expect(columns).toEqual(expect.arrayContaining(sent));
      }
    });

    it('schemas tell which column was split from which', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, { score: 1 });
      await append(inbox, { score: 'many' });
      expect((await inbox.schemas())[0]?.splits).toEqual({ score__st: 'score' });
      expect((await inbox.schema('web-data', 2)).splits).toEqual({});
    });

    it('schemas do not grow by quarantined events', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['id'] }));
      await append(inbox, { other: 1 });
      expect(await inbox.schemas()).toMatchObject([{ version: 1 }]);
      expect(await columnsOf(inbox, 1)).not.toContain('other');
    });

    it('schemas stay the same over a restart, in the same version', async () => {
      const { inbox, reopen } = await openWith(subject);
      await append(inbox, { a: 1 });
      const before = await inbox.schemas();
      const again = await reopen();
      await again.setRules([rules()]);
      expect(await again.schemas()).toEqual(before);
      await append(again, { a: 2 });
      expect(await versionsOf(again)).toEqual([2, 2]);
    });

    it('schemas get a new version when the key or latest_by changes', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, { id: 1 });
      await inbox.setRules([rules({ keyProperties: ['id'] })]);
      await append(inbox, { id: 1 });
      await inbox.setRules([rules({ keyProperties: ['id'], latestBy: 'id' })]);
      await append(inbox, { id: 1 });
      expect(await versionsOf(inbox)).toEqual([2, 3, 4]);
      expect(await inbox.schema('web-data', 2)).toMatchObject({ keyProperties: [] });
      expect(await inbox.schema('web-data', 3)).toMatchObject({ keyProperties: ['id'] });
      expect(await inbox.schema('web-data', 4)).toMatchObject({ latestBy: 'id' });
    });

    it('schemas get a new version when the declared schema gets more columns', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, { a: 1 });
      await inbox.setRules([rules({ schema: { type: 'object', properties: { b: { type: 'string' } } } })]);
      expect(await inbox.schemas()).toMatchObject([{ version: 3 }]);
      expect(await columnsOf(inbox, 3)).toEqual(['a', 'b']);
    });

    it('schemas stay in their epoch while only events change them, and begin another one with the rules', async () => {
      const { inbox, reopen } = await openWith(subject);
      const newest = async (version: number) => {
        const found = await inbox.newestOfEpoch('web-data', version);
        return [found.version, found.epoch];
      };
      for (const body of [{ a: 1 }, { a: 1.5 }, { b: 'x' }]) await append(inbox, body);
      expect([await newest(1), await newest(2), await newest(4)]).toEqual([
        [4, 1],
        [4, 1],
        [4, 1],
      ]);
      const schema = { type: 'object', properties: { c: { type: 'string' } } };
      await inbox.setRules([rules({ keyProperties: ['a'] })]);
      await append(inbox, { a: 1, d: 1 });
      await inbox.setRules([rules({ keyProperties: ['a'], latestBy: 'a' })]);
      await inbox.setRules([rules({ keyProperties: ['a'], latestBy: 'a', schema })]);
      await append(inbox, { a: 1, e: 1 });
      expect([await newest(4), await newest(5), await newest(7), await newest(8)]).toEqual([
        [4, 1],
        [6, 2],
        [7, 3],
        [9, 4],
      ]);
      const again = await reopen();
      await again.setRules([rules({ keyProperties: ['a'], latestBy: 'a', schema })]);
      await append(again, { a: 1, f: 1 });
      expect(await again.newestOfEpoch('web-data', 8)).toMatchObject({ version: 10, epoch: 4 });
      expect(await again.newestOfEpoch('web-data', 2)).toMatchObject({ version: 4, keyProperties: [] });
    });

    it('schemas of an epoch take all of its rows, once they are fitted again', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{ a: {}, l: [] }, { b: [{}] }]);
      await append(inbox, [{ a: 'text', l: [1] }, { a: [] }]);
      await append(inbox, [{ b: [1] }, { a: [{}] }, { a: [2] }, { l: [[]] }]);
      const { schema, splits, keyProperties } = await inbox.newestOfEpoch('web-data', 1);
      const shape = StreamShape.restore({ schema, splits: { ...splits } }, undefined, keyProperties);
      const { check } = compileSchema(schema);
      for (const { row } of await entriesOf(inbox))
        expect(check(JSON.parse(shape.refit(row)))).toBeUndefined();
    });

    it('schemas stop at the same name whether events come at once, one by one or after a restart', async () => {
      const map = rules({ maxMapKeys: 3 });
      const events = Array.from({ length: 30 }, (_, n) => ({
        lines: { [`id${n}`]: n },
        more: n < 20 ? [] : 'x',
      }));
      const atOnce = await openWith(subject, map);
      await append(atOnce.inbox, events);
      const oneByOne = await openWith(subject, map);
      let inbox = oneByOne.inbox as InboxWriter;
      for (const [n, event] of events.entries()) {
        await append(inbox, event);
        if (n % 6 !== 5) continue;
        inbox = await oneByOne.reopen();
        await inbox.setRules([map]);
      }
      const lines = async (from: InboxReader) => (await rowsOf(from)).map((row) => JSON.parse(row).lines);
      const expected = events.map((event, n) => (n < 12 ? event.lines : { _sdc_extra: event.lines }));
      expect(await lines(atOnce.inbox)).toEqual(expected);
      expect(await lines(inbox)).toEqual(expected);
    });

    it('schemas are kept when the rules no longer have their stream', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, { a: 1 });
      await inbox.setRules([rules({ name: 'other' })]);
      expect((await inbox.schemas()).map(({ stream }) => stream).sort()).toEqual(['other-data', 'web-data']);
    });

    it('schemas of unknown streams are refused', async () => {
      const { inbox } = await openWith(subject);
      await expect(inbox.schema('other-data', 1)).rejects.toThrow('other-data');
      await expect(inbox.newestOfEpoch('other-data', 1)).rejects.toThrow('other-data');
    });
  });
}
