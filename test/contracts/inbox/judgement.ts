import { describe, expect, it } from 'vitest';
import { append, entriesOf, type InboxSubject, openWith, rowsOf, rules, taken } from './subject.js';

const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

const MALFORMED: ReadonlyArray<readonly [what: string, body: string | Uint8Array]> = [
  ['nothing', ''],
  ['white space', ' \n'],
  ['half an object', '{"a":1'],
  ['a word', 'hello'],
  ['two objects', '{}{}'],
  ['a number that JSON does not have', '{"a":01}'],
  ['half of something too deep', '['.repeat(5000)],
  ['half of something too long', `[${'{},'.repeat(100_001)}`],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
];

/** What becomes of a delivery (design, "What is refused"). */
export function testJudgement(subject: InboxSubject): void {
  describe('what becomes of a delivery', () => {
    it('makes a row of an object', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '{"a":1}')).toEqual(taken({ stored: 1 }));
      expect(await rowsOf(inbox)).toEqual(['{"a":1}']);
    });

    it('makes a row of each element of an array, in its order', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '[{"a":1}, {"a":2},\n{"a":3}]')).toEqual(taken({ stored: 3 }));
      expect(await rowsOf(inbox)).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
    });

    it('keeps an array of more than 100,000 events raw, as one', async () => {
      const { inbox } = await openWith(subject);
      const most = `[${Array(100_000).fill('{}').join(',')}]`;
      expect(await append(inbox, `${most.slice(0, -1)},{}]`)).toEqual(taken({ quarantined: 1 }));
      expect(await inbox.newest()).toBe(0);
      expect(await append(inbox, most)).toEqual(taken({ stored: 100_000 }));
    });

    it('keeps such an array raw, as one, when one of its events is too deep', async () => {
      const { inbox } = await openWith(subject);
      const body = `[${nested(101)}${',{}'.repeat(100_000)}]`;
      expect(await append(inbox, body)).toEqual(taken({ quarantined: 1 }));
    });

    it('takes an empty array and makes nothing of it', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, ' [ ] ')).toEqual(taken());
      expect(await inbox.newest()).toBe(0);
    });

    it('makes a row of an empty object, and gives it a key', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '{}')).toEqual(taken({ stored: 1 }));
      const [entry] = await entriesOf(inbox);
      expect(entry?.row).toMatch(/^\{"__sdc_primary_key":"[0-9a-f]{8}-[0-9a-f-]{27}"\}$/);
    });

    it('gives every row of a stream without a key another one', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{}, {}, {}]);
      expect(new Set((await entriesOf(inbox)).map(({ row }) => row)).size).toBe(3);
    });

    it('gives no key where the integration has one', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['id'] }));
      await append(inbox, '{"id":7}');
      expect((await entriesOf(inbox))[0]?.row).toBe('{"id":7}');
    });

    it('quarantines a number, a text, null and true', async () => {
      const { inbox } = await openWith(subject);
      for (const body of ['5', '"text"', 'null', 'true'])
        expect([body, await append(inbox, body)]).toEqual([body, taken({ quarantined: 1 })]);
      expect(await inbox.totals()).toMatchObject({ quarantined: 4 });
    });

    it('judges each element of an array alone', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '[{"a":1},5,[{"a":2}],{"a":3}]')).toEqual(
        taken({ stored: 2, quarantined: 2 }),
      );
      expect(await rowsOf(inbox)).toEqual(['{"a":1}', '{"a":3}']);
    });

    it('quarantines a missing key field and a null one', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['id'] }));
      const verdict = await append(inbox, [{ id: 1 }, { id: null }, { other: 2 }]);
      expect(verdict).toEqual(taken({ stored: 1, quarantined: 2 }));
    });

    it('gives what is quarantined no position', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, '5');
      await append(inbox, '{"a":1}');
      expect((await entriesOf(inbox)).map(({ position }) => position)).toEqual([1]);
    });

    it('makes a row of 100 levels and quarantines 101', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, nested(100))).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, nested(101))).toEqual(taken({ quarantined: 1 }));
    });

    it('quarantines only the element that is too deep', async () => {
      const { inbox } = await openWith(subject);
      const verdict = await append(inbox, `[{"a":"]}"},${nested(101)},${nested(100)}]`);
      expect(verdict).toEqual(taken({ stored: 2, quarantined: 1 }));
    });

    it('calls what is not JSON malformed, and keeps nothing of it', async () => {
      const { inbox } = await openWith(subject);
      for (const [what, body] of MALFORMED)
        expect([what, await append(inbox, body)]).toMatchObject([what, { kind: 'malformed' }]);
      expect(await inbox.newest()).toBe(0);
      expect(await inbox.totals()).toMatchObject({ quarantined: 0 });
    });

    it('does not quote a malformed body', async () => {
      const { inbox } = await openWith(subject);
      const verdict = await append(inbox, '{"card":"4111111111111111" oops}');
      expect(JSON.stringify(verdict)).not.toMatch(/4111|card|oops/);
    });

    it('drops a byte order mark', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, '\ufeff{"a":1}');
      expect(await rowsOf(inbox)).toEqual(['{"a":1}']);
    });

    it('refuses an integration that it has no rules for', async () => {
      const { inbox } = await openWith(subject);
      await expect(append(inbox, '{}', { integration: 'other' })).rejects.toThrow(/rules/);
    });
  });

  describe('event types', () => {
    const filtering = rules({ events: ['kept', '7'], eventType: { body: ['event', 'type'] } });

    it('drops and counts what was not selected', async () => {
      const { inbox } = await openWith(subject, filtering);
      const verdict = await append(inbox, [{ event: { type: 'kept' } }, { event: { type: 'other' } }]);
      expect(verdict).toEqual(taken({ stored: 1, filtered: 1 }));
      expect((await inbox.streams())[0]?.counters).toMatchObject({ stored: 1, filtered: 1 });
    });

    it('takes a number for a type by its digits', async () => {
      const { inbox } = await openWith(subject, filtering);
      expect(await append(inbox, { event: { type: 7 } })).toEqual(taken({ stored: 1 }));
    });

    it('drops what has no type, since none of those selected is it', async () => {
      const { inbox } = await openWith(subject, filtering);
      expect(await append(inbox, { event: 'kept' })).toEqual(taken({ filtered: 1 }));
    });

    it('reads the type from a header', async () => {
      const { inbox } = await openWith(subject, rules({ events: ['kept'], eventType: { header: 'x-type' } }));
      expect(await append(inbox, {}, { eventType: 'kept' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, {}, { eventType: 'other' })).toEqual(taken({ filtered: 1 }));
    });

    it('drops what is no object only when its type is known', async () => {
      const { inbox } = await openWith(subject, rules({ events: ['kept'], eventType: { header: 'x-type' } }));
      expect(await append(inbox, '5', { eventType: 'other' })).toEqual(taken({ filtered: 1 }));
      expect(await append(inbox, '5', { eventType: 'kept' })).toEqual(taken({ quarantined: 1 }));
      expect(await append(inbox, '5')).toEqual(taken({ quarantined: 1 }));
    });

    it('keeps all types when none are selected', async () => {
      const { inbox } = await openWith(subject, rules({ eventType: { body: ['type'] } }));
      expect(await append(inbox, { type: 'any' })).toEqual(taken({ stored: 1 }));
    });
  });
}
