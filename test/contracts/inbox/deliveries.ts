import { describe, expect, it } from 'vitest';
import { append, type InboxSubject, NOW, openWith, rowsOf, rules, taken, trimAll } from './subject.js';

const byHeader = rules({ deliveryId: { header: 'x-id' } });
const byBody = rules({ deliveryId: { body: ['meta', 'id'] } });

/** A provider's retry is recognised; nothing else is taken for one. */
export function testDeliveries(subject: InboxSubject): void {
  describe('retries', () => {
    it('are recognised by an id in a header', async () => {
      const { inbox } = await openWith(subject, byHeader);
      expect(await append(inbox, '{"a":1}', { deliveryId: 'x' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}', { deliveryId: 'x' })).toEqual(taken({ duplicate: 1 }));
      expect(await rowsOf(inbox)).toEqual(['{"a":1}']);
      expect((await inbox.streams())[0]?.counters).toMatchObject({ stored: 1, duplicate: 1 });
    });

    it('are recognised by an id in the body, text or number', async () => {
      const { inbox } = await openWith(subject, byBody);
      for (const body of ['{"meta":{"id":"x"}}', '{"meta":{"id":12345678901234567890}}']) {
        expect(await append(inbox, body)).toEqual(taken({ stored: 1 }));
        expect(await append(inbox, body)).toEqual(taken({ duplicate: 1 }));
      }
    });

    it('are recognised when both come at once', async () => {
      const { inbox } = await openWith(subject, byHeader);
      const both = [
        append(inbox, '{"a":1}', { deliveryId: 'x' }),
        append(inbox, '{"a":1}', { deliveryId: 'x' }),
      ];
      expect(await Promise.all(both)).toEqual([taken({ stored: 1 }), taken({ duplicate: 1 })]);
    });

    it('are recognised element by element', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '[{"a":1},{"a":2}]', { deliveryId: 'x' });
      const again = await append(inbox, '[{"a":1},{"a":9},{"a":3}]', { deliveryId: 'x' });
      expect(again).toEqual(taken({ stored: 2, duplicate: 1 }));
    });

    it('do not hide equal elements of one body', async () => {
      const { inbox } = await openWith(subject, byBody);
      const body = '[{"meta":{"id":1}},{"meta":{"id":1}}]';
      expect(await append(inbox, body)).toEqual(taken({ stored: 2 }));
      expect(await append(inbox, body)).toEqual(taken({ duplicate: 2 }));
    });

    it('are recognised of what was quarantined too', async () => {
      const { inbox } = await openWith(subject, byHeader);
      expect(await append(inbox, '5', { deliveryId: 'x' })).toEqual(taken({ quarantined: 1 }));
      expect(await append(inbox, '5', { deliveryId: 'x' })).toEqual(taken({ duplicate: 1 }));
      expect(await inbox.totals()).toMatchObject({ quarantined: 1 });
    });

    it('are recognised after a restart, and after the row was trimmed', async () => {
      const { inbox, reopen } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      await trimAll(inbox, { confirmed: { 'web-data': 1 } });
      const again = await reopen();
      await again.setRules([byHeader]);
      expect(await append(again, '{"a":1}', { deliveryId: 'x' })).toEqual(taken({ duplicate: 1 }));
    });

    it('are not recognised any more once the id may be forgotten', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'old' });
      await append(inbox, '{"a":1}', { deliveryId: 'new', receivedAt: NOW + 1000 });
      await trimAll(inbox, { deliveriesBefore: NOW + 1000 });
      expect(await append(inbox, '{"a":1}', { deliveryId: 'old' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}', { deliveryId: 'new' })).toEqual(taken({ duplicate: 1 }));
    });
  });

  describe('what is no retry', () => {
    it('is the same id with another body', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      expect(await append(inbox, '{"a":2}', { deliveryId: 'x' })).toEqual(taken({ stored: 1 }));
    });

    it('is the same body with another id, or with none', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      expect(await append(inbox, '{"a":1}', { deliveryId: 'y' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}')).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}')).toEqual(taken({ stored: 1 }));
    });

    it('is the same delivery to another integration', async () => {
      const { inbox } = await openWith(subject, byHeader, { ...byHeader, name: 'two', stream: 'two-data' });
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      const other = await append(inbox, '{"a":1}', { deliveryId: 'x', integration: 'two' });
      expect(other).toEqual(taken({ stored: 1 }));
    });

    it('is what comes with an empty id', async () => {
      const { inbox } = await openWith(subject, byHeader, { ...byBody, name: 'two', stream: 'two-data' });
      for (const more of [{ deliveryId: '' }, { integration: 'two' }]) {
        expect(await append(inbox, '{"meta":{"id":""}}', more)).toEqual(taken({ stored: 1 }));
        expect(await append(inbox, '{"meta":{"id":""}}', more)).toEqual(taken({ stored: 1 }));
      }
    });

    it('is what was filtered before', async () => {
      const only = (type: string) => ({ ...byHeader, eventType: { body: ['type'] }, events: [type] });
      const { inbox } = await openWith(subject, only('a'));
      const event = { type: 'b' };
      expect(await append(inbox, event, { deliveryId: 'x' })).toEqual(taken({ filtered: 1 }));
      await inbox.setRules([only('b')]);
      expect(await append(inbox, event, { deliveryId: 'x' })).toEqual(taken({ stored: 1 }));
    });
  });
}
