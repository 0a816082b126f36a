import { describe, expect, it } from 'vitest';
import { append, type InboxSubject, openWith, rowsOf, rules, taken, trimAll } from './subject.js';

/** Tests where ids of deliveries may be, and what they decide. */
export function testIds(subject: InboxSubject): void {
  describe('delivery ids', () => {
    it('may consist of several values, in headers and in the body', async () => {
      const all = [{ header: 'x-sid' }, { body: ['status'] }, { body: ['call'] }];
      const { inbox } = await openWith(subject, rules({ deliveryId: { all } }));
      const sent = { headers: { 'x-sid': 'SM1' } };
      expect(await append(inbox, { status: 'sent' }, sent)).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, { status: 'read' }, sent)).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, { status: 'sent' }, sent)).toEqual(taken({ duplicate: 1 }));
      expect(await append(inbox, { status: 'sent' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, { other: 1 })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, { other: 1 })).toEqual(taken({ stored: 1 }));
    });

    it('may be a digest of the body', async () => {
      const { inbox } = await openWith(subject, rules({ deliveryId: { digest: 'body' } }));
      expect(await append(inbox, '[{"a":1},{"a":1}]')).toEqual(taken({ stored: 2 }));
      expect(await append(inbox, '[{"a":1},{"a":1}]')).toEqual(taken({ duplicate: 2 }));
      expect(await append(inbox, '[{"a":1}, {"a":1}]')).toEqual(taken({ stored: 2 }));
    });

    it('decide alone where the rules say so, with the index of the event', async () => {
      const byId = rules({ deliveryId: { body: ['id'] }, idAloneDecides: true });
      const { inbox, reopen } = await openWith(subject, byId);
      expect(await append(inbox, '{"id":1,"attempt":0}')).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '{"id":1,"attempt":1}')).toEqual(taken({ duplicate: 1 }));
      expect(await append(inbox, '[{"id":1,"attempt":2},{"id":1,"attempt":2}]')).toEqual(
        taken({ stored: 1, duplicate: 1 }),
      );
      const again = await reopen();
      await again.setRules([byId]);
      expect(await append(again, '{"id":1,"attempt":3}')).toEqual(taken({ duplicate: 1 }));
      const both = [append(again, '{"id":2,"attempt":0}'), append(again, '{"id":2,"attempt":1}')];
      expect(await Promise.all(both)).toEqual([taken({ stored: 1 }), taken({ duplicate: 1 })]);
    });

    it('that decide alone need all their parts', async () => {
      const all = [{ body: ['sid'] }, { body: ['status'] }];
      const { inbox } = await openWith(subject, rules({ deliveryId: { all }, idAloneDecides: true }));
      for (const stored of [1, 1]) expect(await append(inbox, { sid: 'a' })).toEqual(taken({ stored }));
      expect(await append(inbox, { sid: 'a', status: 'b', attempt: 1 })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, { sid: 'a', status: 'b', attempt: 2 })).toEqual(taken({ duplicate: 1 }));
    });

    it('are compared with the content as it was sent, before a form is read or an array unrolled', async () => {
      const form = rules({ deliveryId: { header: 'x-id' } });
      const unrolled = rules({
        name: 'unrolled',
        deliveryId: { header: 'x-id' },
        body: { unroll: { path: ['e'], copy: [] } },
      });
      const { inbox } = await openWith(subject, form, unrolled);
      const urlencoded = { deliveryId: 'x', contentType: 'application/x-www-form-urlencoded' };
      expect(await append(inbox, 'a=+', urlencoded)).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, 'a=+', urlencoded)).toEqual(taken({ duplicate: 1 }));
      expect(await append(inbox, 'a=%20', urlencoded)).toEqual(taken({ stored: 1 }));
      const to = { deliveryId: 'x', integration: 'unrolled' };
      expect(await append(inbox, '{"n":1,"e":[{},{}]}', to)).toEqual(taken({ stored: 2 }));
      expect(await append(inbox, '{"n":1,"e":[{},{}]}', to)).toEqual(taken({ duplicate: 2 }));
      expect(await append(inbox, '{"n":2,"e":[{},{}]}', to)).toEqual(taken({ stored: 2 }));
    });

    it('of quarantined bodies are kept: a retry is a repetition, and judging it again is not', async () => {
      const { inbox } = await openWith(
        subject,
        rules({ deliveryId: { header: 'x-id' }, onMalformed: 'quarantine' }),
      );
      const sent = { deliveryId: 'x' };
      for (const body of ['5', '{"a":', '']) {
        expect(await append(inbox, body, sent)).toEqual(taken({ quarantined: 1 }));
        expect(await append(inbox, body, sent)).toEqual(taken({ duplicate: 1 }));
      }
      const again = { ...sent, isFromQuarantine: true } as const;
      expect(await append(inbox, '{"a":5}', again)).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, '5', again)).toEqual(taken({ quarantined: 1 }));
    });

    it('what was not kept becomes no row when it is judged again, and what was hashed is not hashed again', async () => {
      const redaction = { drop: [['secret']], hash: [['email']], key: '0123456789abcdef' };
      const { inbox } = await openWith(subject, rules({ redaction }));
      const body = `{"withheld_bytes":5,"hmac_sha256":"${'0'.repeat(64)}"}`;
      expect(await append(inbox, body, { isFromQuarantine: true })).toEqual({
        kind: 'malformed',
        reason: 'its content was not kept',
        isOtherThanJson: true,
      });
      // By `printf ann.secret@example.com | openssl dgst -sha256 -hmac 0123456789abcdef`.
      const digest = 'a0106f02d0ed3dcd1f4b33b67eb1c3b703b0444b0d6d593ff61c27352a0917d2';
      for (const email of ['ann.secret@example.com', digest])
        expect(await append(inbox, { secret: 1, email }, { isFromQuarantine: true })).toEqual(
          taken({ stored: 1 }),
        );
      expect(await rowsOf(inbox)).toEqual([`{"email":"${digest}"}`, `{"email":"${digest}"}`]);
    });

    it('that decide alone outlive trimming, as others do', async () => {
      const byId = rules({ deliveryId: { body: ['id'] }, idAloneDecides: true });
      const { inbox } = await openWith(subject, byId);
      await append(inbox, '{"id":1,"attempt":0}');
      await trimAll(inbox, { confirmed: { 'web-data': 1 } });
      expect(await rowsOf(inbox)).toEqual([]);
      expect(await append(inbox, '{"id":1,"attempt":1}')).toEqual(taken({ duplicate: 1 }));
    });

    it('of events that were recorded before fields were dropped stay valid', async () => {
      const before = rules({ deliveryId: { header: 'x-id' } });
      const { inbox } = await openWith(subject, before);
      const event = '{"a":1,"secret":2}';
      expect(await append(inbox, event, { deliveryId: 'x' })).toEqual(taken({ stored: 1 }));
      await inbox.setRules([{ ...before, redaction: { drop: [['secret']], hash: [], key: 'k'.repeat(16) } }]);
      expect(await append(inbox, event, { deliveryId: 'x' })).toEqual(taken({ duplicate: 1 }));
      for (const expected of [taken({ stored: 1 }), taken({ duplicate: 1 })])
        expect(await append(inbox, event, { deliveryId: 'y' })).toEqual(expected);
      expect(await append(inbox, '{"a":1,"secret":3}', { deliveryId: 'y' })).toEqual(taken({ stored: 1 }));
    });
  });
}
