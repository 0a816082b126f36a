import { describe, expect, it } from 'vitest';
import { Confirmation } from '../../../packages/tap-webhooks/dist/consumers/confirmation.js';
import { readConsumer } from '../../../packages/tap-webhooks/dist/consumers/consumer-files.js';
import { bookmarkAt, memoryInbox, take } from '../../helpers/memory-inbox.js';
import { tempFolder } from '../../helpers/temp.js';

const registered = { name: 'default', registeredAt: '2026-01-01T00:00:00.000Z', confirmed: {} };

async function inboxWithThree() {
  const inbox = await memoryInbox('shop');
  await take(inbox, 'shop', { n: 1 }, { n: 2 }, { n: 3 });
  return inbox;
}

describe('what is confirmed', () => {
  it('is on disk', async () => {
    const [folder, inbox] = [tempFolder(), await inboxWithThree()];
    const bookmark = await bookmarkAt(inbox, 2);
    const confirmation = new Confirmation(folder, inbox, { ...registered, streams: 'all' });
    expect(await confirmation.confirm(new Map([['shop-data', bookmark]]))).toBe(true);
    expect((await readConsumer(folder, 'default'))?.confirmed).toEqual({ 'shop-data': bookmark });
  });

  it('never falls', async () => {
    const [folder, inbox] = [tempFolder(), await inboxWithThree()];
    const confirmation = new Confirmation(folder, inbox, { ...registered, streams: 'all' });
    await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 3)]]));
    expect(await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 1)]]))).toBe(false);
    expect((await readConsumer(folder, 'default'))?.confirmed['shop-data']?.position).toBe(3);
  });

  it('is nothing that names an event of another inbox, or no event', async () => {
    const [folder, inbox] = [tempFolder(), await inboxWithThree()];
    const confirmation = new Confirmation(folder, inbox, { ...registered, streams: 'all' });
    const bookmark = await bookmarkAt(inbox, 2);
    for (const wrong of [{ inbox: 'ffff' }, { check: 'ffff' }, { position: 9 }])
      expect(await confirmation.confirm(new Map([['shop-data', { ...bookmark, ...wrong }]]))).toBe(false);
  });

  it('is nothing of a stream that is not taken', async () => {
    const [folder, inbox] = [tempFolder(), await inboxWithThree()];
    const confirmation = new Confirmation(folder, inbox, { ...registered, streams: ['other-data'] });
    expect(await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 2)]]))).toBe(false);
  });

  it('begins anew when what was confirmed is of an inbox that is no more', async () => {
    const [folder, inbox] = [tempFolder(), await inboxWithThree()];
    const confirmed = { 'shop-data': { position: 90, inbox: 'ffff', check: 'c' } };
    const confirmation = new Confirmation(folder, inbox, { ...registered, streams: 'all', confirmed });
    expect(await confirmation.confirm(new Map([['shop-data', await bookmarkAt(inbox, 1)]]))).toBe(true);
    expect((await readConsumer(folder, 'default'))?.confirmed['shop-data']?.position).toBe(1);
  });
});
