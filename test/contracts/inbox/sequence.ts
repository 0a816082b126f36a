import { describe, expect, it } from 'vitest';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { append, entriesOf, type InboxSubject, NOW, openWith, rules } from './subject.js';

const keyed = rules({ keyProperties: ['id'] });

/** Returns `_sdc_sequence` minus NOW for each row, in position order. */
async function numbersOf(inbox: InboxWriter): Promise<number[]> {
  return (await entriesOf(inbox)).map(({ sequence }) => sequence - NOW);
}

/** Appends one event per pair of ms after NOW and body. */
async function appendAt(inbox: InboxWriter, ...events: Array<readonly [number, unknown]>): Promise<void> {
  for (const [at, body] of events) await append(inbox, body, { receivedAt: NOW + at });
}

/** Tests the sequence (design, "Identity"). */
export function testSequence(subject: InboxSubject): void {
  describe('sequence', () => {
    it('the sequence is the time of receipt, and keys share a millisecond', async () => {
      const { inbox } = await openWith(subject, keyed);
      await appendAt(inbox, [0, { id: 1 }], [0, { id: 2 }], [3, { id: 1 }]);
      expect(await numbersOf(inbox)).toEqual([0, 0, 3]);
    });

    it('the sequence rises within a key, and returns to the clock when that has passed', async () => {
      const { inbox } = await openWith(subject, keyed);
      const one = { id: 1 };
      await appendAt(inbox, [0, one], [0, one], [0, one], [1, one], [1, { id: 2 }], [9, one]);
      expect(await numbersOf(inbox)).toEqual([0, 1, 2, 3, 1, 9]);
    });

    it('the sequence rises within the elements of one body', async () => {
      const { inbox } = await openWith(subject, keyed);
      await append(inbox, [{ id: 1 }, { id: 2 }, { id: 1 }]);
      expect(await numbersOf(inbox)).toEqual([0, 0, 1]);
    });

    it('the sequence does not go back with the clock', async () => {
      const { inbox } = await openWith(subject, keyed);
      await appendAt(inbox, [0, { id: 1 }], [-5000, { id: 1 }], [-5000, { id: 2 }], [-4000, { id: 1 }]);
      expect(await numbersOf(inbox)).toEqual([0, 1, 0, 2]);
      expect((await entriesOf(inbox))[1]?.receivedAt).toBe(NOW - 5000);
    });

    it('the sequence does not go back with the clock over a restart', async () => {
      const { inbox, reopen } = await openWith(subject, keyed);
      await appendAt(inbox, [0, { id: 1 }], [0, { id: 1 }], [0, { id: 2 }]);
      const again = await reopen();
      await again.setRules([keyed]);
      await appendAt(again, [-5000, { id: 1 }], [-5000, { id: 2 }], [-5000, { id: 3 }]);
      expect(await numbersOf(again)).toEqual([0, 1, 0, 2, 1, 0]);
    });

    it('the sequence rises within each of many keys of one millisecond, over a restart too', async () => {
      const { inbox, reopen } = await openWith(subject, keyed);
      const events = Array.from({ length: 300 }, (_, id) => ({ id }));
      await append(inbox, events);
      await append(inbox, events);
      const again = await reopen();
      await again.setRules([keyed]);
      await append(again, events);
      expect(await numbersOf(again)).toEqual([0, 1, 2].flatMap((number) => events.map(() => number)));
    });

    it('the sequence continues when a hot key is ahead of the clock, over a restart too', async () => {
      const { inbox, reopen } = await openWith(subject, keyed);
      await append(
        inbox,
        Array.from({ length: 100 }, () => ({ id: 1 })),
      );
      const again = await reopen();
      await again.setRules([keyed]);
      await appendAt(again, [50, { id: 1 }], [50, { id: 2 }]);
      expect((await numbersOf(again)).slice(100)).toEqual([100, 50]);
    });

    it.each([
      ['1', '1.0'],
      ['1', '10e-1'],
      ['1200', '1.2E+3'],
      ['0', '-0.0'],
      ['"a"', '"\\u0061"'],
    ])('the sequence takes two spellings of one key for the same: %s and %s', async (one, other) => {
      const { inbox } = await openWith(subject, keyed);
      for (const id of [one, other]) await append(inbox, `{"id":${id}}`);
      expect(await numbersOf(inbox)).toEqual([0, 1]);
    });

    it.each([
      ['1', '-1'],
      ['1', '10'],
      ['"a"', '"A"'],
    ])('the sequence takes different keys for different: %s and %s', async (one, other) => {
      const { inbox } = await openWith(subject, keyed);
      for (const id of [one, other]) await append(inbox, `{"id":${id}}`);
      expect(await numbersOf(inbox)).toEqual([0, 0]);
    });

    it('the sequence takes a number and the text of its digits for different keys', async () => {
      const { inbox } = await openWith(subject, rules({ latestBy: 'id' }));
      await append(inbox, [{ id: 1 }, { id: '1' }]);
      expect(await numbersOf(inbox)).toEqual([0, 0]);
    });

    it('the sequence is not slowed down by a number of a million zeros', async () => {
      const { inbox } = await openWith(subject, rules({ latestBy: 'id' }));
      await append(inbox, `{"id":1${'0'.repeat(1_000_000)}1}`);
      await append(inbox, `{"id":1e${'9'.repeat(1_000_000)}}`);
      expect(await numbersOf(inbox)).toEqual([0, 0]);
    });

    it('the sequence compares numbers exactly that no double can hold', async () => {
      const { inbox } = await openWith(subject, keyed);
      for (const id of ['9223372036854775807', '9223372036854775806', '9223372036854775807'])
        await append(inbox, `{"id":${id}}`);
      expect(await numbersOf(inbox)).toEqual([0, 0, 1]);
    });

    it('the sequence depends on all key fields together', async () => {
      const { inbox } = await openWith(subject, rules({ keyProperties: ['a', 'b'] }));
      await append(inbox, [
        { a: 1, b: 2 },
        { a: 2, b: 1 },
        { a: 1, b: 2 },
      ]);
      expect(await numbersOf(inbox)).toEqual([0, 0, 1]);
    });

    it('the sequence of one stream does not depend on other streams', async () => {
      const other = rules({ name: 'other', keyProperties: ['id'] });
      const { inbox } = await openWith(subject, keyed, other);
      await append(inbox, { id: 1 });
      await append(inbox, { id: 1 }, { integration: 'other' });
      expect((await entriesOf(inbox, 'other-data'))[0]?.sequence).toBe(NOW);
    });

    it('the sequence rises within the value of latest_by when there is no key', async () => {
      const { inbox } = await openWith(subject, rules({ latestBy: 'person.id' }));
      await append(inbox, [{ person: { id: 1 } }, { person: { id: 1 } }, {}, {}, { person: 1 }]);
      expect(await numbersOf(inbox)).toEqual([0, 1, 0, 0, 0]);
    });

    it("the sequence follows the path that latest_by names for the event's type", async () => {
      const paths = { made: 'thing.id', moved: 'from.id' };
      const { inbox } = await openWith(subject, rules({ latestBy: { column: 'type', paths } }));
      await append(inbox, [
        { type: 'made', thing: { id: 1 } },
        { type: 'made', thing: { id: 1 } },
        { type: 'moved', from: { id: 2 } },
        { type: 'moved', from: { id: 2 } },
        { type: 'lost', thing: { id: 1 } },
      ]);
      expect(await numbersOf(inbox)).toEqual([0, 1, 0, 1, 0]);
    });

    it('the sequence is the time of receipt when there is neither key nor latest_by', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, [{ id: 1 }, { id: 1 }]);
      expect(await numbersOf(inbox)).toEqual([0, 0]);
    });
  });
}
