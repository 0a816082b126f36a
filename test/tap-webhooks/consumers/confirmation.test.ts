import { describe, expect, it } from 'vitest';
import { Confirmation } from '../../../packages/tap-webhooks/dist/consumers/confirmation.js';
import type { Consumer } from '../../../packages/tap-webhooks/dist/inbox/consumer.js';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { bookmarkAt, memoryInbox, take } from '../../helpers/memory-inbox.js';

async function inboxWithThree() {
  const inbox = await memoryInbox('shop');
  await take(inbox, 'shop', { n: 1 }, { n: 2 }, { n: 3 });
  return inbox;
}

async function confirmationOf(
  inbox: InboxWriter,
  streams: Consumer['streams'] = 'all',
  confirmed: Consumer['confirmed'] = {},
): Promise<Confirmation> {
  const lease = await inbox.consumers.lease('default');
  await lease.register(streams);
  return new Confirmation(inbox, lease, await lease.confirm(confirmed));
}

async function confirmedOf(inbox: InboxWriter): Promise<Consumer['confirmed'] | undefined> {
  return (await inbox.consumers.list())[0]?.confirmed;
}

describe('confirming', () => {
  it('a confirmed bookmark is stored with the consumer', async () => {
    const inbox = await inboxWithThree();
    const bookmark = await bookmarkAt(inbox, 2);
    const confirmation = await confirmationOf(inbox);
    expect(await confirmation.confirm(new Map([['shop-data', bookmark]]))).toBe(true);
    expect(await confirmedOf(inbox)).toEqual({ 'shop-data': bookmark });
  });

  it('a confirmed position never falls', async () => {
    const inbox = await inboxWithThree();
    const confirmation = await confirmationOf(inbox);
    await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 3)]]));
    expect(await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 1)]]))).toBe(false);
    expect((await confirmedOf(inbox))?.['shop-data']?.position).toBe(3);
  });

  it('a bookmark of another inbox, or of no event, confirms nothing', async () => {
    const inbox = await inboxWithThree();
    const confirmation = await confirmationOf(inbox);
    const bookmark = await bookmarkAt(inbox, 2);
    for (const wrong of [{ inbox: 'ffff' }, { check: 'ffff' }, { position: 9 }])
      expect(await confirmation.confirm(new Map([['shop-data', { ...bookmark, ...wrong }]]))).toBe(false);
  });

  it('a bookmark of a stream that is not taken confirms nothing', async () => {
    const inbox = await inboxWithThree();
    const confirmation = await confirmationOf(inbox, ['other-data']);
    expect(await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 2)]]))).toBe(false);
  });

  it('a bookmark confirms again when the last one is of an inbox that was replaced', async () => {
    const inbox = await inboxWithThree();
    const confirmed = { 'shop-data': { position: 90, inbox: 'ffff', check: 'c' } };
    const confirmation = await confirmationOf(inbox, 'all', confirmed);
    expect(await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 1)]]))).toBe(true);
    expect((await confirmedOf(inbox))?.['shop-data']?.position).toBe(1);
  });
});
