import { describe, expect, it } from 'vitest';
import { planTrim } from '../../../packages/tap-webhooks/dist/consumers/trim.js';
import type { Consumer } from '../../../packages/tap-webhooks/dist/inbox/consumer.js';
import { bookmarkAt, DAY_MS, memoryInbox, take } from '../../helpers/memory-inbox.js';

const SETTINGS = { retentionDays: 7, dedupeDays: 30 };

async function inboxOfTwo() {
  const inbox = await memoryInbox('shop', 'news');
  await take(inbox, 'shop', { n: 1 }, { n: 2 });
  await take(inbox, 'news', { n: 3 });
  await take(inbox, 'shop', { n: 4 });
  return inbox;
}

function consumer(name: string, streams: Consumer['streams'], confirmed: Consumer['confirmed']): Consumer {
  return { name, registeredAt: '2026-01-01T00:00:00.000Z', streams, confirmed };
}

describe('the plan of trimming', () => {
  it('trimming deletes what all consumers of a stream have confirmed', async () => {
    const inbox = await inboxOfTwo();
    const consumers = [
      consumer('a', 'all', {
        'shop-data': await bookmarkAt(inbox, 4),
        'news-data': await bookmarkAt(inbox, 4),
      }),
      consumer('b', ['shop-data'], { 'shop-data': await bookmarkAt(inbox, 2) }),
    ];
    const { request, untaken } = await planTrim(inbox, consumers, SETTINGS, 100 * DAY_MS);
    expect(request.confirmed).toEqual({ 'shop-data': 2, 'news-data': 4 });
    expect(untaken).toEqual([]);
  });

  it('trimming deletes nothing of a stream that a consumer takes and has never confirmed', async () => {
    const inbox = await inboxOfTwo();
    const { request } = await planTrim(inbox, [consumer('a', 'all', {})], SETTINGS, 0);
    expect(request.confirmed).toEqual({ 'shop-data': 0, 'news-data': 0 });
  });

  it('trimming keeps the check of a bookmark whose stream is no longer taken', async () => {
    const inbox = await inboxOfTwo();
    const confirmed = {
      'shop-data': await bookmarkAt(inbox, 2),
      'news-data': await bookmarkAt(inbox, 4),
    };
    const { request } = await planTrim(inbox, [consumer('a', ['news-data'], confirmed)], SETTINGS, 0);
    expect(request.checksFrom).toBeLessThanOrEqual(2);
    await inbox.trim({
      ...request,
      confirmed: { 'shop-data': 2, 'news-data': 4 },
      receivedBefore: Number.MAX_SAFE_INTEGER,
    });
    expect(await inbox.check(2)).toBe(confirmed['shop-data'].check);
  });

  it('trimming deletes nothing of a stream that no consumer takes, and reports it', async () => {
    const inbox = await inboxOfTwo();
    const only = consumer('a', ['news-data'], { 'news-data': await bookmarkAt(inbox, 3) });
    const { request, untaken } = await planTrim(inbox, [only], SETTINGS, 0);
    expect(request.confirmed).toEqual({ 'news-data': 3 });
    expect(untaken).toEqual(['shop-data']);
  });

  it.each([{ inbox: 'ffff' }, { check: 'ffff' }, { position: 9 }])(
    'trimming ignores what was confirmed of another inbox: %j',
    async (wrong) => {
      const inbox = await inboxOfTwo();
      const bookmark = { ...(await bookmarkAt(inbox, 4)), ...wrong };
      const { request } = await planTrim(
        inbox,
        [consumer('a', ['shop-data'], { 'shop-data': bookmark })],
        SETTINGS,
        0,
      );
      expect(request.confirmed).toEqual({ 'shop-data': 0 });
    },
  );

  it('trimming deletes only what is older than the retention time', async () => {
    const { request } = await planTrim(await inboxOfTwo(), [], SETTINGS, 100 * DAY_MS);
    expect(request.receivedBefore).toBe(93 * DAY_MS);
    expect(request.deliveriesBefore).toBe(70 * DAY_MS);
  });

  it('trimming keeps the checks of positions that a pipe might come back to', async () => {
    const inbox = await inboxOfTwo();
    const confirmed = {
      'shop-data': await bookmarkAt(inbox, 4),
      'news-data': await bookmarkAt(inbox, 4),
    };
    expect((await planTrim(inbox, [], SETTINGS, 0)).request.checksFrom).toBe(0);
    expect((await planTrim(inbox, [consumer('a', 'all', confirmed)], SETTINGS, 0)).request.checksFrom).toBe(
      0,
    );
    const later = Date.now() + 1000;
    while (
      await inbox.trim({
        confirmed: { 'shop-data': 4, 'news-data': 4 },
        checksFrom: 0,
        receivedBefore: later,
        deliveriesBefore: 0,
      })
    );
    expect((await planTrim(inbox, [consumer('a', 'all', confirmed)], SETTINGS, 0)).request.checksFrom).toBe(
      4,
    );
  });
});
