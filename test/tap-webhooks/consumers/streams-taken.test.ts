import { describe, expect, it } from 'vitest';
import { refuseGone, streamsToTake } from '../../../packages/tap-webhooks/dist/consumers/streams-taken.js';
import { parseCatalog } from '../../../packages/tap-webhooks/dist/emit/selection.js';
import type { Consumer } from '../../../packages/tap-webhooks/dist/inbox/consumer.js';
import { bookmarkAt, memoryInbox, take } from '../../helpers/memory-inbox.js';

const gone = { code: 'integration_gone', exitCode: 1 };

async function inboxOfTwo() {
  const inbox = await memoryInbox('shop', 'news');
  await take(inbox, 'shop', { n: 1 });
  await take(inbox, 'news', { n: 2 });
  return inbox;
}

function consumer(streams: Consumer['streams'], confirmed: Consumer['confirmed'] = {}): Consumer {
  return { name: 'default', registeredAt: '2026-01-01T00:00:00.000Z', streams, confirmed };
}

const catalogOf = (...selected: string[]) =>
  parseCatalog({ streams: selected.map((stream) => ({ tap_stream_id: stream })) });

describe('a consumer takes', () => {
  it('a consumer takes all streams when its config names every integration that has events, and more', async () => {
    const wanted = { configured: ['shop-data', 'news-data', 'later-data'], catalog: undefined };
    expect(await streamsToTake(wanted, undefined, await inboxOfTwo())).toBe('all');
  });

  it('a consumer takes all streams when its config names no integration', async () => {
    const wanted = { configured: [], catalog: undefined };
    expect(await streamsToTake(wanted, undefined, await inboxOfTwo())).toBe('all');
  });

  it('a consumer takes only those of its config when that has fewer', async () => {
    const wanted = { configured: ['shop-data'], catalog: undefined };
    const streams = await streamsToTake(wanted, undefined, await inboxOfTwo());
    expect(streams).toEqual(['shop-data']);
    expect(await streamsToTake(wanted, consumer(streams), await inboxOfTwo())).toEqual(['shop-data']);
  });

  it('a consumer takes only those that its catalog selects', async () => {
    const wanted = { configured: ['shop-data', 'news-data'], catalog: catalogOf('news-data') };
    expect(await streamsToTake(wanted, undefined, await inboxOfTwo())).toEqual(['news-data']);
  });

  it('a consumer takes all streams when its catalog selects every one there is', async () => {
    const wanted = { configured: [], catalog: catalogOf('news-data', 'shop-data') };
    expect(await streamsToTake(wanted, undefined, await inboxOfTwo())).toBe('all');
  });
});

describe('an integration that is gone from the config', () => {
  it('an integration that the config lacks stops a pipe that took it while its events wait', async () => {
    const wanted = { configured: ['shop-data'], catalog: undefined };
    await expect(streamsToTake(wanted, consumer('all'), await inboxOfTwo())).rejects.toMatchObject(gone);
  });

  it('an integration that the config lacks stops nobody once its events are confirmed', async () => {
    const inbox = await inboxOfTwo();
    const confirmed = { 'news-data': await bookmarkAt(inbox, 2), 'shop-data': await bookmarkAt(inbox, 2) };
    const wanted = { configured: ['shop-data'], catalog: undefined };
    expect(await streamsToTake(wanted, consumer('all', confirmed), inbox)).toBe('all');
    await refuseGone(['shop-data'], [consumer('all', confirmed)], inbox);
  });

  it('an integration that the config lacks stops a receiver while any consumer has to read its events, or when there are no consumers', async () => {
    const inbox = await inboxOfTwo();
    const confirmed = { 'news-data': await bookmarkAt(inbox, 2) };
    const consumers = [consumer('all', confirmed), { ...consumer('all'), name: 'archive' }];
    await expect(refuseGone(['shop-data'], consumers, inbox)).rejects.toMatchObject(gone);
    await expect(refuseGone(['shop-data'], [], inbox)).rejects.toMatchObject(gone);
  });

  it('an integration that the config lacks does not stop a receiver when no consumer takes it', async () => {
    const inbox = await inboxOfTwo();
    await refuseGone(['shop-data'], [consumer(['shop-data'])], inbox);
  });
});
