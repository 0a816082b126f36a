import { describe, expect, it } from 'vitest';
import { append, type InboxSubject, NOW, openWith, rowsOf, rules, taken, trimAll } from './subject.js';

const byHeader = rules({ deliveryId: { header: 'x-id' } });
const byBody = rules({ deliveryId: { body: ['meta', 'id'] } });

/** Tests that a provider's retry is recognised, and that nothing else is taken for one. */
export function testDeliveries(subject: InboxSubject): void {
  describe('retries', () => {
    it('retries are recognised by an id in a header', async () => {
      const { inbox } = await openWith(subject, byHeader);
      expect(await append(inbox, '{"a":1}', { deliveryId: 'x' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}', { deliveryId: 'x' })).toEqual(taken({ duplicate: 1 }));
      expect(await rowsOf(inbox)).toEqual(['{"a":1}']);
      expect((await inbox.streams())[0]?.counters).toMatchObject({ stored: 1, duplicate: 1 });
    });

    it('retries are recognised by an id in the body, text or number', async () => {
      const { inbox } = await openWith(subject, byBody);
      for (const body of ['{"meta":{"id":"x"}}', '{"meta":{"id":12345678901234567890}}']) {
        expect(await append(inbox, body)).toEqual(taken({ stored: 1 }));
        expect(await append(inbox, body)).toEqual(taken({ duplicate: 1 }));
      }
    });

    it.each(['"a\\u0000b"', '"\\ud800"', '"a\\udfffb"', '"\\ud83d\\ude00"'])(
      'events are kept and retries recognised with %s as id and type, which not every store can hold',
      async (written) => {
        const { inbox, reopen } = await openWith(subject, { ...byBody, eventType: { body: ['type'] } });
        const bodies = [`{"meta":{"id":${written}},"type":${written}}`, `[5,{"meta":{"id":${written}}}]`];
        expect(await append(inbox, bodies[0])).toEqual(taken({ stored: 1 }));
        expect(await append(inbox, bodies[1])).toEqual(taken({ stored: 1, quarantined: 1 }));
        const again = await reopen();
        await again.setRules([{ ...byBody, eventType: { body: ['type'] } }]);
        expect(await append(again, bodies[0])).toEqual(taken({ duplicate: 1 }));
        expect(await rowsOf(again)).toEqual([bodies[0], `{"meta":{"id":${written}}}`]);
        expect(await again.damaged()).toEqual([]);
      },
    );

    it('ids that differ in a character that no store holds are different ids', async () => {
      const { inbox } = await openWith(subject, byBody);
      for (const id of ['a\\u0000b', 'a\\u0000c', 'a\\ud800', 'a\\ud801'])
        expect(await append(inbox, `{"meta":{"id":"${id}"}}`)).toEqual(taken({ stored: 1 }));
    });

    it('retries are recognised when both copies come at once', async () => {
      const { inbox } = await openWith(subject, byHeader);
      const both = [
        append(inbox, '{"a":1}', { deliveryId: 'x' }),
        append(inbox, '{"a":1}', { deliveryId: 'x' }),
      ];
      expect(await Promise.all(both)).toEqual([taken({ stored: 1 }), taken({ duplicate: 1 })]);
    });

    it('retries are recognised element by element', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '[{"a":1},{"a":2}]', { deliveryId: 'x' });
      const again = await append(inbox, '[{"a":1},{"a":9},{"a":3}]', { deliveryId: 'x' });
      expect(again).toEqual(taken({ stored: 2, duplicate: 1 }));
    });

    it('retries do not hide equal elements of one body', async () => {
      const { inbox } = await openWith(subject, byBody);
      const body = '[{"meta":{"id":1}},{"meta":{"id":1}}]';
      expect(await append(inbox, body)).toEqual(taken({ stored: 2 }));
      expect(await append(inbox, body)).toEqual(taken({ duplicate: 2 }));
    });

    it('retries of quarantined events are recognised too', async () => {
      const { inbox } = await openWith(subject, byHeader);
      expect(await append(inbox, '5', { deliveryId: 'x' })).toEqual(taken({ quarantined: 1 }));
      expect(await append(inbox, '5', { deliveryId: 'x' })).toEqual(taken({ duplicate: 1 }));
      expect(await inbox.totals()).toMatchObject({ quarantined: 1 });
    });

    it('retries are recognised after a restart, and after the row was trimmed', async () => {
      const { inbox, reopen } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      await trimAll(inbox, { confirmed: { 'web-data': 1 } });
      const again = await reopen();
      await again.setRules([byHeader]);
      expect(await append(again, '{"a":1}', { deliveryId: 'x' })).toEqual(taken({ duplicate: 1 }));
    });

    it('retries are no longer recognised once their id was forgotten', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'old' });
      await append(inbox, '{"a":1}', { deliveryId: 'new', receivedAt: NOW + 1000 });
      await trimAll(inbox, { deliveriesBefore: NOW + 1000 });
      expect(await append(inbox, '{"a":1}', { deliveryId: 'old' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}', { deliveryId: 'new' })).toEqual(taken({ duplicate: 1 }));
    });
  });

  describe('events that are not retries', () => {
    it('the same id with another body is another event', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      expect(await append(inbox, '{"a":2}', { deliveryId: 'x' })).toEqual(taken({ stored: 1 }));
    });

    it('the same body with another id, or with none, is another event', async () => {
      const { inbox } = await openWith(subject, byHeader);
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      expect(await append(inbox, '{"a":1}', { deliveryId: 'y' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}')).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"a":1}')).toEqual(taken({ stored: 1 }));
    });

    it('the same delivery to another integration is another event', async () => {
      const { inbox } = await openWith(subject, byHeader, { ...byHeader, name: 'two', stream: 'two-data' });
      await append(inbox, '{"a":1}', { deliveryId: 'x' });
      const other = await append(inbox, '{"a":1}', { deliveryId: 'x', integration: 'two' });
      expect(other).toEqual(taken({ stored: 1 }));
    });

    it('events with an empty id are different events', async () => {
      const { inbox } = await openWith(subject, byHeader, { ...byBody, name: 'two', stream: 'two-data' });
      for (const more of [{ deliveryId: '' }, { integration: 'two' }]) {
        expect(await append(inbox, '{"meta":{"id":""}}', more)).toEqual(taken({ stored: 1 }));
        expect(await append(inbox, '{"meta":{"id":""}}', more)).toEqual(taken({ stored: 1 }));
      }
    });

    it('an event that was filtered before is not a retry', async () => {
      const only = (type: string) => ({ ...byHeader, eventType: { body: ['type'] }, events: [type] });
      const { inbox } = await openWith(subject, only('a'));
      const event = { type: 'b' };
      expect(await append(inbox, event, { deliveryId: 'x' })).toEqual(taken({ filtered: 1 }));
      await inbox.setRules([only('b')]);
      expect(await append(inbox, event, { deliveryId: 'x' })).toEqual(taken({ stored: 1 }));
    });
  });
}
