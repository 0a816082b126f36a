import { describe, expect, it, onTestFinished } from 'vitest';
import { ALL, append, entriesOf, type InboxSubject, NOW, openWith, rowsOf, rules } from './subject.js';

const twoStreams = [rules({ name: 'one' }), rules({ name: 'two' })];

/** Tests positions and how they are read. */
export function testReading(subject: InboxSubject): void {
  describe('positions', () => {
    it('positions are dense and follow the order of the calls, however many come at once', async () => {
      const { inbox } = await openWith(subject);
      await Promise.all(Array.from({ length: 300 }, (_, n) => append(inbox, { n })));
      const entries = await entriesOf(inbox);
      expect(entries.map(({ position }) => position)).toEqual(entries.map((_, index) => index + 1));
      expect(entries.map(({ row }) => JSON.parse(row).n)).toEqual(entries.map((_, index) => index));
      expect(await inbox.newest()).toBe(300);
    });

    it('positions go on after a restart', async () => {
      const { inbox, reopen } = await openWith(subject);
      await append(inbox, [{}, {}]);
      const again = await reopen();
      await again.setRules([rules()]);
      await append(again, {});
      expect((await entriesOf(again)).map(({ position }) => position)).toEqual([1, 2, 3]);
    });

    it('positions belong to an inbox that keeps its incarnation', async () => {
      const { inbox, reopen } = await openWith(subject);
      const all = await inbox.incarnations();
      expect(all).toEqual([{ id: expect.stringMatching(/^[0-9a-f-]{36}$/), first: 1, last: null }]);
      expect(await (await reopen()).incarnations()).toEqual(all);
    });

    it('positions belong to the incarnation that was the newest when they were given', async () => {
      const { inbox, driver, reopen } = await openWith(subject);
      await append(inbox, '[{"a":1},{"a":2}]');
      const [first] = await inbox.incarnations();
      const second = await inbox.renew(NOW);
      await append(inbox, { a: 3 });
      expect(second).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), first: 3, last: null });
      expect(second.id).not.toBe(first?.id);
      const reader = await driver.reader();
      onTestFinished(() => reader.close());
      const all = [{ id: first?.id, first: 1, last: 2 }, second];
      expect(await reader.incarnations()).toEqual(all);
      expect((await entriesOf(reader)).map(({ position, inbox }) => [position, inbox])).toEqual([
        [1, first?.id],
        [2, first?.id],
        [3, second.id],
      ]);
      const again = await reopen();
      await again.setRules([rules()]);
      await append(again, { a: 4 });
      expect((await entriesOf(again, 'web-data', 3))[0]?.inbox).toBe(second.id);
    });

    it('positions are not given twice when an incarnation ends without any', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, { a: 1 });
      const [first] = await inbox.incarnations();
      const empty = await inbox.renew(NOW);
      const third = await inbox.renew(NOW + 1);
      await append(inbox, { a: 2 });
      expect(await inbox.incarnations()).toEqual([
        { id: first?.id, first: 1, last: 1 },
        { id: empty.id, first: 2, last: 1 },
        { id: third.id, first: 2, last: null },
      ]);
      expect((await entriesOf(inbox)).map(({ inbox }) => inbox)).toEqual([first?.id, third.id]);
    });
  });

  describe('reading', () => {
    it('reading returns everything that was fixed at receipt', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['id'] }));
      await append(inbox, { id: 1 }, { receivedAt: NOW + 5 });
      expect(await entriesOf(inbox)).toEqual([
        {
          position: 1,
          inbox: (await inbox.incarnations())[0]?.id,
          deliveryId: null,
          eventType: null,
          stream: 'web-data',
          receivedAt: NOW + 5,
          sequence: NOW + 5,
          schemaVersion: 2,
          check: await inbox.check(1),
          row: '{"id":1}',
        },
      ]);
    });

    it('reading merges streams in position order, each from its own position', async () => {
      const { inbox } = await openWith(subject, ...twoStreams);
      for (const integration of ['one', 'two', 'one', 'two', 'one']) await append(inbox, {}, { integration });
      const after = { 'one-data': 1, 'two-data': 2 };
      const entries = await inbox.read({ after, through: ALL, limit: ALL, limitBytes: ALL });
      expect(entries.map(({ position, stream }) => [position, stream])).toEqual([
        [3, 'one-data'],
        [4, 'two-data'],
        [5, 'one-data'],
      ]);
    });

    it('reading leaves out streams that were not requested', async () => {
      const { inbox } = await openWith(subject, ...twoStreams);
      await append(inbox, {}, { integration: 'one' });
      await append(inbox, {}, { integration: 'two' });
      expect((await entriesOf(inbox, 'two-data')).map(({ position }) => position)).toEqual([2]);
      expect(await entriesOf(inbox, 'three-data')).toEqual([]);
    });

    it('reading ends at the given position, and at the given number of rows', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{}, {}, {}, {}]);
      const request = { after: { 'web-data': 1 }, through: 3, limit: ALL, limitBytes: ALL };
      expect((await inbox.read(request)).map(({ position }) => position)).toEqual([2, 3]);
      expect((await inbox.read({ ...request, limit: 1 })).map(({ position }) => position)).toEqual([2]);
    });

    it('reading ends at the given number of bytes, but returns at least one row', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{ a: 'x'.repeat(1000) }, { a: 'x'.repeat(1000) }, { a: 'x'.repeat(1000) }]);
      const request = { after: { 'web-data': 0 }, through: ALL, limit: ALL };
      expect(await inbox.read({ ...request, limitBytes: 1 })).toHaveLength(1);
      expect(await inbox.read({ ...request, limitBytes: 1500 })).toHaveLength(2);
    });

    it('waiting ends when there is more to read', async () => {
      const { inbox } = await openWith(subject);
      const never = new AbortController().signal;
      const waiting = inbox.waitBeyond(0, never).then(() => inbox.newest());
      await append(inbox, {});
      expect(await waiting).toBe(1);
      await inbox.waitBeyond(0, never);
    });

    it('waiting ends when its signal aborts', async () => {
      const { inbox } = await openWith(subject);
      const stop = new AbortController();
      const waiting = inbox.waitBeyond(0, stop.signal);
      stop.abort();
      await waiting;
      await inbox.waitBeyond(0, stop.signal);
      expect(await inbox.newest()).toBe(0);
    });
  });

  describe('checks', () => {
    it('checks tell events apart, equal ones too', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['id'] }));
      await append(inbox, [{ id: 1 }, { id: 1 }]);
      const checks = [await inbox.check(1), await inbox.check(2)];
      expect(checks[0]).toMatch(/^[0-9a-f]{20}$/);
      expect(checks[0]).not.toBe(checks[1]);
    });

    it('checks stay the same over a restart', async () => {
      const { inbox, reopen } = await openWith(subject);
      await append(inbox, {});
      const check = await inbox.check(1);
      expect(await (await reopen()).check(1)).toBe(check);
    });

    it('checks do not exist for positions that were never given', async () => {
      const { inbox } = await openWith(subject);
      expect(await inbox.check(1)).toBeUndefined();
    });
  });

  describe('status', () => {
    it('status counts per stream, and over restarts', async () => {
      const { inbox, reopen } = await openWith(subject, ...twoStreams);
      await append(inbox, [{}, {}, 5], { integration: 'one', receivedAt: NOW + 1 });
      await append(inbox, '{', { integration: 'one' });
      const expected = {
        stream: 'one-data',
        newest: 2,
        oldest: 1,
        oldestReceivedAt: NOW + 1,
        trimmedThrough: 0,
        kept: 2,
        counters: { stored: 2, duplicate: 0, filtered: 0, quarantined: 1 },
      };
      const find = async (of: typeof inbox) => (await of.streams()).find((one) => one.stream === 'one-data');
      expect(await find(inbox)).toEqual(expected);
      expect(await find(await reopen())).toEqual(expected);
    });

    it('status has streams that had no row yet', async () => {
      const { inbox } = await openWith(subject, ...twoStreams);
      expect(await inbox.streams()).toMatchObject([
        { stream: 'one-data', newest: 0, oldest: null, oldestReceivedAt: null, kept: 0 },
        { stream: 'two-data', newest: 0, oldest: null, oldestReceivedAt: null, kept: 0 },
      ]);
      expect(await rowsOf(inbox, 'one-data')).toEqual([]);
    });
  });
}
