import type { LatestBy } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import { append, entriesOf, type InboxSubject, openWith, rowsOf, rules, taken } from './subject.js';

/** Rules that every event fails at: they simulate a defect of ours. */
const defective = rules({ name: 'bad', latestBy: { column: 'type' } as unknown as LatestBy });
const event = { type: 'any' };

/** Tests that trouble with one delivery does not touch others, even if they become durable together. */
export function testIsolation(subject: InboxSubject): void {
  describe('a delivery that meets a defect', () => {
    it('a delivery that meets a defect is quarantined whole, alone', async () => {
      const { inbox } = await openWith(subject, rules(), defective);
      const verdicts = await Promise.all([
        append(inbox, { n: 1 }),
        append(inbox, [event, event], { integration: 'bad' }),
        append(inbox, { n: 2 }),
        append(inbox, event, { integration: 'bad' }),
        append(inbox, { n: 3, more: true }),
      ]);
      const [stored, quarantined] = [taken({ stored: 1 }), taken({ quarantined: 1 })];
      expect(verdicts).toEqual([stored, quarantined, stored, quarantined, stored]);
      expect((await entriesOf(inbox)).map(({ position }) => position)).toEqual([1, 2, 3]);
      expect(await rowsOf(inbox)).toEqual(['{"n":1}', '{"n":2}', '{"n":3,"more":true}']);
      expect(await inbox.newest()).toBe(3);
    });

    it('a delivery that meets a defect leaves no rows, and counts once', async () => {
      const { inbox, reopen } = await openWith(subject, rules(), defective);
      await Promise.all([append(inbox, {}), append(inbox, [event, event], { integration: 'bad' })]);
      const again = await reopen();
      const status = (await again.streams()).find(({ stream }) => stream === 'bad-data');
      expect(status).toMatchObject({ newest: 0, kept: 0, counters: { stored: 0, quarantined: 1 } });
      expect(await again.newest()).toBe(1);
    });

    it('a delivery that meets a defect does not change how those beside it are judged', async () => {
      const keyed = rules({ keyProperties: ['id'], deliveryId: { header: 'x-id' } });
      const { inbox } = await openWith(subject, keyed, defective);
      const verdicts = await Promise.all([
        append(inbox, { id: 1 }, { deliveryId: 'x' }),
        append(inbox, event, { integration: 'bad' }),
        append(inbox, { id: 1 }, { deliveryId: 'x' }),
        append(inbox, { id: 1 }, { deliveryId: 'y' }),
      ]);
      expect(verdicts.slice(2)).toEqual([taken({ duplicate: 1 }), taken({ stored: 1 })]);
      const [first, second] = await entriesOf(inbox);
      expect((second?.sequence ?? 0) - (first?.sequence ?? 0)).toBe(1);
    });
  });

  describe('a delivery for an integration without rules', () => {
    it('a delivery for an integration without rules is refused alone', async () => {
      const { inbox } = await openWith(subject);
      const [before, refused, after] = await Promise.allSettled([
        append(inbox, { n: 1 }),
        append(inbox, {}, { integration: 'other' }),
        append(inbox, { n: 2 }),
      ]);
      expect([before.status, refused.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await rowsOf(inbox)).toEqual(['{"n":1}', '{"n":2}']);
    });

    it('a delivery for an integration without rules leaves the rules as they are', async () => {
      const { inbox } = await openWith(subject);
      await expect(append(inbox, {}, { integration: 'other' })).rejects.toThrow(/rules/);
      expect(await append(inbox, {})).toEqual(taken({ stored: 1 }));
    });
  });
}
