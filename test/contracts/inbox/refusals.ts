import { describe, expect, it } from 'vitest';
import { append, type InboxSubject, NOW, openWith, taken } from './subject.js';

const MINUTE = 60_000;

/** Tests the numbers of refused requests, and what a verdict says of quarantined events. */
export function testRefusals(subject: InboxSubject): void {
  describe('refused requests', () => {
    it('are added up by integration and reason', async () => {
      const { inbox, reopen } = await openWith(subject);
      expect(await inbox.refusals(0)).toEqual([]);
      await inbox.addRefusals([
        { integration: 'web', reason: 'not_json', minute: NOW, count: 3 },
        { integration: null, reason: 'not_found', minute: NOW, count: 1 },
      ]);
      await inbox.addRefusals([
        { integration: 'web', reason: 'not_json', minute: NOW, count: 2 },
        { integration: 'web', reason: 'busy', minute: NOW, count: 1 },
        { integration: 'web', reason: 'not_json', minute: NOW + MINUTE, count: 4 },
      ]);
      const expected = [
        { integration: null, reason: 'not_found', minute: NOW, count: 1 },
        { integration: 'web', reason: 'busy', minute: NOW, count: 1 },
        { integration: 'web', reason: 'not_json', minute: NOW + MINUTE, count: 9 },
      ];
      expect(await inbox.refusals(0)).toEqual(expected);
      expect(await (await reopen()).refusals(0)).toEqual(expected);
    });

    it('are left out when they came before the time asked for', async () => {
      const { inbox } = await openWith(subject);
      await inbox.addRefusals([
        { integration: 'web', reason: 'busy', minute: NOW, count: 3 },
        { integration: 'web', reason: 'busy', minute: NOW + MINUTE, count: 4 },
      ]);
      expect(await inbox.refusals(NOW + MINUTE + 1)).toEqual([
        { integration: 'web', reason: 'busy', minute: NOW + MINUTE, count: 4 },
      ]);
      expect(await inbox.refusals(NOW + 2 * MINUTE)).toEqual([]);
    });

    it('are seen by readers of other processes', async () => {
      const { inbox, driver } = await openWith(subject);
      const refused = { integration: 'web', reason: 'busy', minute: NOW, count: 3 };
      await inbox.addRefusals([refused]);
      const reader = await driver.reader();
      expect(await reader.refusals(0)).toEqual([refused]);
      await reader.close();
    });
  });

  it('a verdict says why events were quarantined, and how many for each reason', async () => {
    const { inbox } = await openWith(subject, {
      name: 'web',
      stream: 'web-data',
      keyProperties: ['id'],
    });
    expect(await append(inbox, [{ id: 1 }, 5, {}, 'x', { id: 2 }])).toEqual({
      ...taken({ stored: 2, quarantined: 3 }),
      reasons: {
        'the event is valid JSON, but not an object': 2,
        'The key field "id" is missing.': 1,
      },
    });
  });
}
