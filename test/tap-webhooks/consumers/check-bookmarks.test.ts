import { describe, expect, it } from 'vitest';
import { checkBookmarks } from '../../../packages/tap-webhooks/dist/consumers/check-bookmarks.js';
import { bookmarkAt, memoryInbox, take } from '../../helpers/memory-inbox.js';

const misfit = { code: 'state_misfit', exitCode: 5 };

async function inboxWithFive() {
  const inbox = await memoryInbox('shop');
  await take(inbox, 'shop', { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, { n: 5 });
  return inbox;
}

async function trimThrough(inbox: Awaited<ReturnType<typeof inboxWithFive>>, position: number) {
  const later = Date.now() + 1000;
  const request = { confirmed: { 'shop-data': position }, checksFrom: 0, deliveriesBefore: 0 };
  while (await inbox.trim({ ...request, receivedBefore: later }));
}

describe('a bookmark fits', () => {
  it('a bookmark fits when it names an event of this inbox', async () => {
    const inbox = await inboxWithFive();
    const bookmark = await bookmarkAt(inbox, 3);
    const fitted = await checkBookmarks(new Map([['shop-data', bookmark]]), inbox, undefined);
    expect([...fitted.bookmarks]).toEqual([['shop-data', bookmark]]);
    expect(fitted.setAside).toEqual([]);
  });

  it('a bookmark fits when its own event is deleted and the next is the oldest kept', async () => {
    const inbox = await inboxWithFive();
    const bookmark = await bookmarkAt(inbox, 3);
    await trimThrough(inbox, 3);
    expect((await inbox.streams())[0]?.oldest).toBe(4);
    const fitted = await checkBookmarks(new Map([['shop-data', bookmark]]), inbox, undefined);
    expect(fitted.bookmarks.size).toBe(1);
  });

  it('a bookmark fits when everything up to it is deleted', async () => {
    const inbox = await inboxWithFive();
    const bookmark = await bookmarkAt(inbox, 5);
    await trimThrough(inbox, 5);
    const fitted = await checkBookmarks(new Map([['shop-data', bookmark]]), inbox, undefined);
    expect(fitted.bookmarks.size).toBe(1);
  });
});

describe('a bookmark stops the tap', () => {
  it('a bookmark stops the tap when it is of another inbox', async () => {
    const inbox = await inboxWithFive();
    const foreign = { ...(await bookmarkAt(inbox, 3)), inbox: 'ffff' };
    await expect(checkBookmarks(new Map([['shop-data', foreign]]), inbox, undefined)).rejects.toMatchObject(
      misfit,
    );
  });

  it('a bookmark stops the tap when the inbox ends before it', async () => {
    const inbox = await inboxWithFive();
    const ahead = { ...(await bookmarkAt(inbox, 5)), position: 6 };
    await expect(checkBookmarks(new Map([['shop-data', ahead]]), inbox, undefined)).rejects.toMatchObject(
      misfit,
    );
  });

  it('a bookmark stops the tap when another event has its position', async () => {
    const inbox = await inboxWithFive();
    const other = { ...(await bookmarkAt(inbox, 3)), check: (await bookmarkAt(inbox, 4)).check };
    await expect(checkBookmarks(new Map([['shop-data', other]]), inbox, undefined)).rejects.toMatchObject(
      misfit,
    );
  });

  it('a bookmark stops the tap when another event had its position and is deleted now', async () => {
    const inbox = await inboxWithFive();
    const other = { ...(await bookmarkAt(inbox, 3)), check: (await bookmarkAt(inbox, 4)).check };
    await trimThrough(inbox, 3);
    await expect(checkBookmarks(new Map([['shop-data', other]]), inbox, undefined)).rejects.toMatchObject(
      misfit,
    );
  });

  it('a bookmark stops the tap when events after it are deleted', async () => {
    const inbox = await inboxWithFive();
    const behind = await bookmarkAt(inbox, 2);
    await trimThrough(inbox, 3);
    await expect(checkBookmarks(new Map([['shop-data', behind]]), inbox, undefined)).rejects.toMatchObject(
      misfit,
    );
  });

  it('a bookmark stops the tap when it is not one of this tap', async () => {
    const inbox = await inboxWithFive();
    await expect(checkBookmarks(new Map([['shop-data', undefined]]), inbox, undefined)).rejects.toMatchObject(
      misfit,
    );
  });
});

describe('a bookmark of an incarnation that was ended', () => {
  /** Five events, then a new incarnation with the positions 6 and 7. */
  async function renewed() {
    const inbox = await inboxWithFive();
    const fifth = await bookmarkAt(inbox, 5);
    await inbox.renew(0);
    await take(inbox, 'shop', { n: 6 }, { n: 7 });
    return { inbox, fifth };
  }

  it('a bookmark of an ended incarnation fits when it names one of its events', async () => {
    const { inbox, fifth } = await renewed();
    const fitted = await checkBookmarks(new Map([['shop-data', fifth]]), inbox, undefined);
    expect([[...fitted.bookmarks], fitted.starts.size, fitted.lost.size]).toEqual([
      [['shop-data', fifth]],
      0,
      0,
    ]);
  });

  it('a bookmark past the end of its incarnation starts after what its consumer confirmed', async () => {
    const { inbox, fifth } = await renewed();
    const ahead = { ...fifth, position: 8, check: 'lost' };
    const third = await bookmarkAt(inbox, 3);
    const consumer = {
      name: 'default',
      registeredAt: '2026-01-01T00:00:00.000Z',
      streams: 'all',
      confirmed: { 'shop-data': third },
    } as const;
    const given = new Map([['shop-data', ahead]]);
    const fitted = await checkBookmarks(given, inbox, undefined, consumer);
    expect([...fitted.starts]).toEqual([['shop-data', 3]]);
    expect([...fitted.bookmarks]).toEqual([['shop-data', ahead]]);
    expect(fitted.lost.get('shop-data')).toBe(
      'its bookmark is at 8 and the inbox has events of that incarnation up to 5: 3 positions are lost to it',
    );
  });

  it('a bookmark past the end starts at the oldest kept event when nothing is known to be confirmed', async () => {
    const { inbox, fifth } = await renewed();
    const ahead = { ...fifth, position: 8, check: 'lost' };
    const consumer = {
      name: 'default',
      registeredAt: '2026-01-01T00:00:00.000Z',
      streams: 'all',
      confirmed: { 'shop-data': { ...ahead, position: 5 } }, // of the lost future
    } as const;
    const given = new Map([['shop-data', ahead]]);
    expect([...(await checkBookmarks(given, inbox, undefined, consumer)).starts]).toEqual([['shop-data', 0]]);
    expect([...(await checkBookmarks(given, inbox, undefined)).starts]).toEqual([['shop-data', 0]]);
  });

  it('a bookmark whose position was given to another event before its incarnation ended starts there too', async () => {
    const { inbox, fifth } = await renewed();
    const other = { ...fifth, check: 'lost' };
    const fitted = await checkBookmarks(new Map([['shop-data', other]]), inbox, undefined);
    expect([...fitted.starts]).toEqual([['shop-data', 0]]);
    expect(fitted.lost.get('shop-data')).toBe('another event has the position 5 of its bookmark');
  });
});

describe('the way out of a misfit', () => {
  it('the way out for an older copy of the inbox is to renew it, never to accept its own state', async () => {
    const inbox = await inboxWithFive();
    const ahead = { ...(await bookmarkAt(inbox, 5)), position: 6 };
    const other = { ...(await bookmarkAt(inbox, 3)), check: 'other' };
    for (const bookmark of [ahead, other]) {
      const given = new Map([['shop-data', bookmark]]);
      const refused = expect.objectContaining({
        message: expect.stringContaining('`tap-webhooks inbox renew`'),
      });
      await expect(checkBookmarks(given, inbox, undefined)).rejects.toEqual(refused);
      await expect(checkBookmarks(given, inbox, bookmark.inbox)).rejects.toEqual(refused);
    }
  });
});

describe('accept_state_of_inbox', () => {
  it('accept_state_of_inbox sets aside bookmarks of that inbox that do not fit', async () => {
    const inbox = await inboxWithFive();
    const foreign = { position: 90, inbox: 'ffff', check: 'c' };
    const ours = await bookmarkAt(inbox, 3);
    const given = new Map([
      ['shop-data', foreign],
      ['other-data', ours],
    ]);
    const fitted = await checkBookmarks(given, inbox, 'ffff');
    expect([...fitted.bookmarks]).toEqual([['other-data', ours]]);
    expect(fitted.setAside).toEqual(['shop-data']);
  });

  it('accept_state_of_inbox does nothing to bookmarks that fit', async () => {
    const inbox = await inboxWithFive();
    const bookmark = await bookmarkAt(inbox, 3);
    const fitted = await checkBookmarks(new Map([['shop-data', bookmark]]), inbox, bookmark.inbox);
    expect([...fitted.bookmarks]).toEqual([['shop-data', bookmark]]);
  });

  it('accept_state_of_inbox accepts no other inbox', async () => {
    const inbox = await inboxWithFive();
    const foreign = { position: 90, inbox: 'eeee', check: 'c' };
    await expect(checkBookmarks(new Map([['shop-data', foreign]]), inbox, 'ffff')).rejects.toMatchObject(
      misfit,
    );
  });
});
