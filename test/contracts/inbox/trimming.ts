import { describe, expect, it } from 'vitest';
import type { InboxReader } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { append, entriesOf, type InboxSubject, NOW, openWith, rules, trimAll } from './subject.js';

async function positionsOf(inbox: InboxReader, stream?: string): Promise<number[]> {
  return (await entriesOf(inbox, stream)).map(({ position }) => position);
}

/** Tests what trimming deletes, and what it keeps. */
export function testTrimming(subject: InboxSubject): void {
  describe('trimming', () => {
    it('trimming deletes what was confirmed and is old enough', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{}, {}, {}], { receivedAt: NOW });
      await append(inbox, [{}, {}], { receivedAt: NOW + 1000 });
      await trimAll(inbox, { confirmed: { 'web-data': 4 }, receivedBefore: NOW + 1000 });
      expect(await positionsOf(inbox)).toEqual([4, 5]);
      await trimAll(inbox, { confirmed: { 'web-data': 4 }, receivedBefore: NOW + 1001 });
      expect(await positionsOf(inbox)).toEqual([5]);
    });

    it('trimming deletes only from the front: everything after an event that is too young stays', async () => {
      const { inbox } = await openWith(subject);
      for (const at of [0, 1000, 0]) await append(inbox, {}, { receivedAt: NOW + at });
      await trimAll(inbox, { confirmed: { 'web-data': 3 }, receivedBefore: NOW + 1 });
      expect(await positionsOf(inbox)).toEqual([2, 3]);
    });

    it('trimming keeps a stream that is not named', async () => {
      const { inbox } = await openWith(subject, rules(), rules({ name: 'other' }));
      await append(inbox, {});
      await append(inbox, {}, { integration: 'other' });
      await trimAll(inbox, { confirmed: { 'web-data': 2 } });
      expect(await positionsOf(inbox)).toEqual([]);
      expect(await positionsOf(inbox, 'other-data')).toEqual([2]);
    });

    it('trimming deletes any number of rows, piece by piece', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, Array(2000).fill({}));
      await trimAll(inbox, { confirmed: { 'web-data': 1999 } });
      expect(await positionsOf(inbox)).toEqual([2000]);
    });

    it('trimming deletes any number of rows of several streams', async () => {
      const { inbox } = await openWith(subject, rules(), rules({ name: 'other' }));
      await append(inbox, Array(400).fill({}));
      await append(inbox, Array(400).fill({}), { integration: 'other' });
      await trimAll(inbox, { confirmed: { 'web-data': 400, 'other-data': 799 } });
      expect(await positionsOf(inbox)).toEqual([]);
      expect(await positionsOf(inbox, 'other-data')).toEqual([800]);
    });

    it('trimming never leads to a position that is given twice, not even when no row is left', async () => {
      const { inbox, reopen } = await openWith(subject);
      await append(inbox, [{}, {}, {}]);
      await trimAll(inbox, { confirmed: { 'web-data': 3 } });
      const again = await reopen();
      await again.setRules([rules()]);
      expect(await again.newest()).toBe(3);
      await append(again, {});
      expect(await positionsOf(again)).toEqual([4]);
    });

    it('trimming does not reset the sequence', async () => {
      const { inbox, reopen } = await openWith(subject, rules({ keyProperties: ['id'] }));
      await append(inbox, { id: 1 });
      await trimAll(inbox, { confirmed: { 'web-data': 1 } });
      const again = await reopen();
      await again.setRules([rules({ keyProperties: ['id'] })]);
      await append(again, { id: 1 }, { receivedAt: NOW - 5000 });
      expect((await entriesOf(again))[0]?.sequence).toBe(NOW + 1);
    });

    it('trimming keeps the checks that may be needed, and forgets those below', async () => {
      const { inbox, reopen } = await openWith(subject);
      await append(inbox, [{}, {}, {}]);
      const [, second, third] = (await entriesOf(inbox)).map(({ check }) => check);
      await trimAll(inbox, { confirmed: { 'web-data': 3 }, checksFrom: 2 });
      expect([await inbox.check(1), await inbox.check(2)]).toEqual([undefined, second]);
      await trimAll(inbox, { checksFrom: 3 });
      expect(await inbox.check(2)).toBeUndefined();
      expect(await (await reopen()).check(3)).toBe(third);
    });

    it('trimming shows in the status, over a restart too', async () => {
      const { inbox, reopen } = await openWith(subject);
      await append(inbox, [{}, {}, {}]);
      await trimAll(inbox, { confirmed: { 'web-data': 2 } });
      const status = { newest: 3, oldest: 3, trimmedThrough: 2, kept: 1, counters: { stored: 3 } };
      expect(await inbox.streams()).toMatchObject([status]);
      const again = await reopen();
      await trimAll(again, { confirmed: { 'web-data': 3 } });
      const empty = { newest: 3, oldest: null, oldestReceivedAt: null, trimmedThrough: 3, kept: 0 };
      expect(await again.streams()).toMatchObject([empty]);
    });

    it('trimming keeps the schemas of the kept rows, and the newest', async () => {
      const { inbox } = await openWith(subject);
      for (const body of [{ a: 1 }, { b: 1 }, { c: 1 }]) await append(inbox, body);
      await trimAll(inbox, { confirmed: { 'web-data': 1 } });
      expect(await inbox.schema('web-data', 3)).toMatchObject({ version: 3 });
      await trimAll(inbox, { confirmed: { 'web-data': 3 } });
      expect(await inbox.schemas()).toMatchObject([{ version: 4 }]);
    });

    it('trimming leaves a newer version in place of one that was deleted', async () => {
      const { inbox } = await openWith(subject);
      for (const body of [{ a: 1 }, { b: 1 }]) await append(inbox, body);
      await trimAll(inbox, { confirmed: { 'web-data': 2 } });
      const { schema } = await inbox.schema('web-data', 2);
      expect(Object.keys((schema as { properties: object }).properties)).toContain('a');
    });
  });
}
