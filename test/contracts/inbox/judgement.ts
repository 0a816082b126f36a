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

/** Tests what becomes of a delivery (design, "What is refused"). */
export function testJudgement(subject: InboxSubject): void {
  describe('what becomes of a delivery', () => {
    it('an object becomes a row', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '{"a":1}')).toEqual(taken({ stored: 1 }));
      expect(await rowsOf(inbox)).toEqual(['{"a":1}']);
    });

    it('each element of an array becomes a row, in order', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '[{"a":1}, {"a":2},\n{"a":3}]')).toEqual(taken({ stored: 3 }));
      expect(await rowsOf(inbox)).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
    });

    it('an array of 10,000 events is taken, and of a longer one nothing is kept', async () => {
      const { inbox } = await openWith(subject);
      const most = `[${Array(10_000).fill('{}').join(',')}]`;
      const refused = { kind: 'too_many_events', most: 10_000 };
      expect(await append(inbox, `${most.slice(0, -1)},{}]`)).toEqual(refused);
      expect(await append(inbox, `[${nested(101)}${',{}'.repeat(10_000)}]`)).toEqual(refused);
      expect(await inbox.totals()).toMatchObject({ quarantined: 0 });
      expect(await inbox.newest()).toBe(0);
      expect(await append(inbox, most)).toEqual(taken({ stored: 10_000 }));
    });

    it('a longer array that is not JSON is malformed', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, `[${'{},'.repeat(10_001)}]`)).toMatchObject({ kind: 'malformed' });
    });

    it('an empty array is taken and leaves nothing', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, ' [ ] ')).toEqual(taken());
      expect(await inbox.newest()).toBe(0);
    });

    it('an empty object becomes a row with a generated key', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '{}')).toEqual(taken({ stored: 1 }));
      const [entry] = await entriesOf(inbox);
      expect(entry?.row).toMatch(/^\{"__sdc_primary_key":"[0-9a-f]{8}-[0-9a-f-]{27}"\}$/);
    });

    it('every row of a stream without a key gets a key of its own', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{}, {}, {}]);
      expect(new Set((await entriesOf(inbox)).map(({ row }) => row)).size).toBe(3);
    });

    it('no key is generated when the integration has one', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['id'] }));
      await append(inbox, '{"id":7}');
      expect((await entriesOf(inbox))[0]?.row).toBe('{"id":7}');
    });

    it('a number, a text, null and true are quarantined', async () => {
      const { inbox } = await openWith(subject);
      for (const body of ['5', '"text"', 'null', 'true'])
        expect([body, await append(inbox, body)]).toEqual([body, taken({ quarantined: 1 })]);
      expect(await inbox.totals()).toMatchObject({ quarantined: 4 });
    });

    it('each element of an array is judged alone', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, '[{"a":1},5,[{"a":2}],{"a":3}]')).toEqual(
        taken({ stored: 2, quarantined: 2 }),
      );
      expect(await rowsOf(inbox)).toEqual(['{"a":1}', '{"a":3}']);
    });

    it('an event whose key field is missing or null is quarantined', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['id'] }));
      const verdict = await append(inbox, [{ id: 1 }, { id: null }, { other: 2 }]);
      expect(verdict).toEqual(taken({ stored: 1, quarantined: 2 }));
    });

    it('a quarantined event gets no position', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, '5');
      await append(inbox, '{"a":1}');
      expect((await entriesOf(inbox)).map(({ position }) => position)).toEqual([1]);
    });

    it('an event of 100 levels becomes a row, and one of 101 is quarantined', async () => {
      const { inbox } = await openWith(subject);
      expect(await append(inbox, nested(100))).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, nested(101))).toEqual(taken({ quarantined: 1 }));
    });

    it('a body of a million levels is quarantined when it is JSON, and malformed when it is not', async () => {
      const { inbox } = await openWith(subject);
      const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
      expect(await append(inbox, deep(1_000_000))).toEqual(taken({ quarantined: 1 }));
      expect(await append(inbox, deep(1_000_000).slice(0, -1))).toMatchObject({ kind: 'malformed' });
      expect(await append(inbox, '['.repeat(1_000_000))).toMatchObject({ kind: 'malformed' });
    });

    it('an event of a million values becomes a row, and one with one more is quarantined', async () => {
      const { inbox } = await openWith(subject);
      const values = (count: number) => `{"a":[${'1,'.repeat(count - 3)}1]}`;
      expect(await append(inbox, `[${values(1_000_000)},${values(1_000_001)}]`)).toEqual(
        taken({ stored: 1, quarantined: 1 }),
      );
    });

    it('only the element that is too deep is quarantined', async () => {
      const { inbox } = await openWith(subject);
      const verdict = await append(inbox, `[{"a":"]}"},${nested(101)},${nested(100)}]`);
      expect(verdict).toEqual(taken({ stored: 2, quarantined: 1 }));
    });

    it('what is not JSON is malformed, and nothing of it is kept', async () => {
      const { inbox } = await openWith(subject);
      for (const [what, body] of MALFORMED)
        expect([what, await append(inbox, body)]).toMatchObject([what, { kind: 'malformed' }]);
      expect(await inbox.newest()).toBe(0);
      expect(await inbox.totals()).toMatchObject({ quarantined: 0 });
    });

    it('the reason of a malformed body does not quote it', async () => {
      const { inbox } = await openWith(subject);
      const verdict = await append(inbox, '{"card":"4111111111111111" oops}');
      expect(JSON.stringify(verdict)).not.toMatch(/4111|card|oops/);
    });

    it('a byte order mark is dropped', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, '\ufeff{"a":1}');
      expect(await rowsOf(inbox)).toEqual(['{"a":1}']);
    });

    it('a delivery for an integration without rules is refused', async () => {
      const { inbox } = await openWith(subject);
      await expect(append(inbox, '{}', { integration: 'other' })).rejects.toThrow(/rules/);
    });
  });

  describe('event types', () => {
    const filtering = rules({ events: ['kept', '7'], eventType: { body: ['event', 'type'] } });

    it('events of types that are not selected are dropped and counted', async () => {
      const { inbox } = await openWith(subject, filtering);
      const verdict = await append(inbox, [{ event: { type: 'kept' } }, { event: { type: 'other' } }]);
      expect(verdict).toEqual(taken({ stored: 1, filtered: 1 }));
      expect((await inbox.streams())[0]?.counters).toMatchObject({ stored: 1, filtered: 1 });
    });

    it('a number counts as an event type by its digits', async () => {
      const { inbox } = await openWith(subject, filtering);
      expect(await append(inbox, { event: { type: 7 } })).toEqual(taken({ stored: 1 }));
    });

    it('an event without a type is dropped when types are selected', async () => {
      const { inbox } = await openWith(subject, filtering);
      expect(await append(inbox, { event: 'kept' })).toEqual(taken({ filtered: 1 }));
    });

    it('the event type is read from a header', async () => {
      const { inbox } = await openWith(subject, rules({ events: ['kept'], eventType: { header: 'x-type' } }));
      expect(await append(inbox, {}, { eventType: 'kept' })).toEqual(taken({ stored: 1 }));
      expect(await append(inbox, {}, { eventType: 'other' })).toEqual(taken({ filtered: 1 }));
    });

    it('a value that is not an object is dropped only when a header tells its type', async () => {
      const { inbox } = await openWith(subject, rules({ events: ['kept'], eventType: { header: 'x-type' } }));
      expect(await append(inbox, '5', { eventType: 'other' })).toEqual(taken({ filtered: 1 }));
      expect(await append(inbox, '5', { eventType: 'kept' })).toEqual(taken({ quarantined: 1 }));
      expect(await append(inbox, '5')).toEqual(taken({ quarantined: 1 }));
    });

    it('events of all types are kept when none are selected', async () => {
      const { inbox } = await openWith(subject, rules({ eventType: { body: ['type'] } }));
      expect(await append(inbox, { type: 'any' })).toEqual(taken({ stored: 1 }));
    });
  });
}
