import { describe, expect, it } from 'vitest';
import { readStatus, statusText } from '../../../packages/tap-webhooks/dist/commands/status-report.js';
import type { Consumer } from '../../../packages/tap-webhooks/dist/inbox/consumer.js';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { bookmarkAt, memoryInbox, take } from '../../helpers/memory-inbox.js';

const path = './inbox';

async function registered(
  inbox: InboxWriter,
  name: string,
  streams: Consumer['streams'],
  confirmed: Consumer['confirmed'],
): Promise<Consumer> {
  const lease = await inbox.consumers.lease(name);
  await lease.register(streams);
  return await lease.confirm(confirmed);
}

/** Positions 1, 2, 4 and 5 are of shop, 3 is of news; `default` has confirmed up to 3 and takes both. */
async function someInbox() {
  const inbox = await memoryInbox('shop', 'news');
  await take(inbox, 'shop', { n: 1 }, { n: 2 });
  await take(inbox, 'news', { n: 3 });
  await take(inbox, 'shop', { n: 4 }, { n: 5 });
  const bookmark = await bookmarkAt(inbox, 3);
  const confirmed = { 'shop-data': bookmark, 'news-data': bookmark };
  const { registeredAt } = await registered(inbox, 'default', 'all', confirmed);
  return { inbox, registeredAt };
}

describe('status', () => {
  it('status counts what waits for each consumer, stream by stream', async () => {
    const { inbox, registeredAt } = await someInbox();
    const inAnHour = Date.now() + 3_600_000;
    const { consumers } = await readStatus(path, inbox, inAnHour);
    expect(consumers).toEqual([
      {
        consumer: 'default',
        registered_at: registeredAt,
        streams: [
          {
            stream: 'shop-data',
            newest: 5,
            confirmed: 3,
            waiting: 2,
            waiting_is_exact: true,
            oldest_age_seconds: 3600,
          },
          {
            stream: 'news-data',
            newest: 3,
            confirmed: 3,
            waiting: 0,
            waiting_is_exact: true,
            oldest_age_seconds: null,
          },
        ],
      },
    ]);
  });

  it('status tells which consumers take each stream', async () => {
    const { inbox } = await someInbox();
    await registered(inbox, 'archive', ['news-data'], {});
    const { streams, inbox: whole } = await readStatus(path, inbox, 0);
    expect(streams.map(({ stream, kept, taken_by }) => [stream, kept, taken_by])).toEqual([
      ['shop-data', 4, ['default']],
      ['news-data', 1, ['archive', 'default']],
    ]);
    const [{ id: incarnation } = { id: '' }] = await inbox.incarnations();
    expect(whole).toMatchObject({ path, incarnation, newest: 5, quarantined: 0 });
  });

  it('status is printed as a table, with ages in readable units', async () => {
    const { inbox } = await someInbox();
    const text = statusText(await readStatus(path, inbox, Date.now() + 3_600_000));
    expect(text.split('\n').slice(1)).toEqual([
      'consumer  stream     newest  confirmed  waiting  oldest',
      'default   shop-data  5       3          2        60 min',
      'default   news-data  3       3          0        -',
    ]);
  });

  it('status lists the requests that were refused in the last 24 hours', async () => {
    const { inbox } = await someInbox();
    const now = Date.parse('2026-05-04T12:00:30Z');
    const minute = Date.parse('2026-05-04T11:59:00Z');
    await inbox.addRefusals([
      { integration: 'shop', reason: 'not_json', minute, count: 39 },
      { integration: null, reason: 'not_found', minute: minute - 60_000, count: 2 },
      { integration: 'shop', reason: 'busy', minute: minute - 24 * 3_600_000, count: 7 },
    ]);
    const status = await readStatus(path, inbox, now);
    expect(status.refused).toEqual([
      { integration: null, reason: 'not_found', count: 2, last_at: '2026-05-04T11:58:00.000Z' },
      { integration: 'shop', reason: 'not_json', count: 39, last_at: '2026-05-04T11:59:00.000Z' },
    ]);
    expect(statusText(status).split('\n').slice(-4)).toEqual([
      'Requests refused in the last 24 hours:',
      'integration       reason     refused  last',
      '(no URL of ours)  not_found  2        2026-05-04T11:58:00.000Z',
      'shop              not_json   39       2026-05-04T11:59:00.000Z',
    ]);
  });

  it('status shows no confirmed position past the newest of the stream', async () => {
    const inbox = await memoryInbox('news', 'shop');
    await take(inbox, 'news', { n: 1 });
    await take(inbox, 'shop', { n: 2 });
    const bookmark = await bookmarkAt(inbox, 2); // the quiet stream advances with the busy one
    await registered(inbox, 'default', 'all', { 'shop-data': bookmark, 'news-data': bookmark });
    const { consumers } = await readStatus(path, inbox, Date.now());
    expect(consumers[0]?.streams).toMatchObject([
      { stream: 'news-data', newest: 1, confirmed: 1, waiting: 0 },
      { stream: 'shop-data', newest: 2, confirmed: 2, waiting: 0 },
    ]);
  });

  it.each([
    ['another inbox', { inbox: 'another' }],
    ['an inbox that was rolled back', { position: 90 }],
    ['an inbox that was rolled back and has new events', { check: 'ffff' }],
  ])('status ignores what was confirmed of %s, and tells so', async (_, wrong) => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', { n: 1 }, { n: 2 });
    const bookmark = { ...(await bookmarkAt(inbox, 2)), ...wrong };
    await registered(inbox, 'default', 'all', { 'shop-data': bookmark });
    const status = await readStatus(path, inbox, Date.now());
    expect(status.consumers[0]?.streams).toMatchObject([
      { newest: 2, confirmed: 0, waiting: 2, confirmed_elsewhere: bookmark.position },
    ]);
    expect(statusText(status)).toContain(
      `default confirmed shop-data up to ${bookmark.position} in another inbox or in another copy of this one`,
    );
  });
});
