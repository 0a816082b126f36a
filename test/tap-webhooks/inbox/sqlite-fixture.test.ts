import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planTrim } from '../../../packages/tap-webhooks/dist/consumers/trim.js';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, NOW, rules, taken, trimAll } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

/**
 * An inbox of format 1 as version 0.1.0 wrote it: positions 1 and 2 of `shop-data` are trimmed, 3 and 4 kept; 5 and 6 are of
 * `news-data`; `quiet-data` has no event; one event each of shop and news is quarantined; `shop` has a live URL and a
 * revoked one; two consumers.
 */
const FIXTURE = fileURLToPath(new URL('./fixtures/format-1', import.meta.url));
const INCARNATION = '17259f8a-6eb0-4657-b667-13b104b268e2';
const shop = rules({
  name: 'shop',
  keyProperties: ['id'],
  deliveryId: { header: 'x-id' },
  latestBy: 'id',
});
const news = rules({ name: 'news', eventType: { body: ['type'] }, events: ['sent'] });
const quiet = rules({
  name: 'quiet',
  schema: { type: 'object', properties: { id: { type: 'integer' } } },
});

async function openCopy() {
  const folder = join(tempFolder(), 'inbox');
  cpSync(FIXTURE, folder, { recursive: true });
  const inbox = await sqliteDriver(folder).writer();
  onTestFinished(() => inbox.close());
  return { inbox, folder };
}

describe('an inbox of format 1', () => {
  it('an inbox of format 1 is read whole, with the checks of what was trimmed', async () => {
    const { inbox } = await openCopy();
    expect(await inbox.incarnations()).toEqual([{ id: INCARNATION, first: 1, last: null }]);
    expect(await inbox.newest()).toBe(6);
    const kept = [...(await entriesOf(inbox, 'shop-data')), ...(await entriesOf(inbox, 'news-data'))];
    expect(
      kept.map(({ position, sequence, schemaVersion, check }) => [position, sequence, schemaVersion, check]),
    ).toEqual([
      [3, NOW + 10, 3, '9d3d518e22aa2ef5'],
      [4, NOW + 11, 3, 'e9fc66ed275036f9'],
      [5, NOW + 20, 2, '9a133946ec3b6645'],
      [6, NOW + 30, 2, '41898751d1b95a5d'],
    ]);
    expect(kept[0]?.row).toBe('{"id":1,"price":6}');
    expect([await inbox.check(1), await inbox.check(2)]).toEqual([undefined, 'b5811b59705a79b8']);
    expect(await inbox.totals()).toMatchObject({ quarantined: 2 });
    expect(
      (await inbox.streams()).map(({ stream, trimmedThrough, kept }) => [stream, trimmedThrough, kept]),
    ).toEqual([
      ['news-data', 0, 2],
      ['quiet-data', 0, 0],
      ['shop-data', 2, 2],
    ]);
  });

  it('an inbox of format 1 keeps its schemas, tokens and consumers', async () => {
    const { inbox } = await openCopy();
    expect((await inbox.schemas()).map(({ stream, version, splits }) => [stream, version, splits])).toEqual([
      ['news-data', 2, {}],
      ['quiet-data', 1, {}],
      ['shop-data', 3, { price__st: 'price' }],
    ]);
    expect(await inbox.tokensOf('shop')).toMatchObject([
      { id: 1, sha256: 'a'.repeat(64), revokedAt: NOW + 2 },
      { id: 2, sha256: 'b'.repeat(64), lastUsedAt: NOW, revokedAt: null },
    ]);
    const third = { position: 3, inbox: INCARNATION, check: '9d3d518e22aa2ef5' };
    expect(await inbox.consumers.list()).toEqual([
      {
        name: 'archive',
        registeredAt: '2026-01-02T00:00:00.000Z',
        streams: ['shop-data'],
        confirmed: { 'shop-data': { position: 2, inbox: INCARNATION, check: 'b5811b59705a79b8' } },
      },
      {
        name: 'warehouse',
        registeredAt: '2026-01-01T00:00:00.000Z',
        streams: 'all',
        confirmed: { 'shop-data': third, 'news-data': third },
      },
    ]);
  });

  it('an inbox of format 1 records deliveries: retries are recognised, numbers and schemas continue', async () => {
    const { inbox } = await openCopy();
    await inbox.setRules([shop, news, quiet]);
    expect(await append(inbox, { id: 1, price: 5 }, { integration: 'shop', deliveryId: 'd1' })).toEqual(
      taken({ duplicate: 1 }),
    );
    expect(await append(inbox, { id: 1, price: 9 }, { integration: 'shop', deliveryId: 'd9' })).toEqual(
      taken({ stored: 1 }),
    );
    const [added] = await entriesOf(inbox, 'shop-data', 4);
    // The clock of the inbox was at NOW + 30 before.
    expect(added).toMatchObject({ position: 7, sequence: NOW + 30, schemaVersion: 3 });
  });

  it('an inbox of format 1 is trimmed up to what its consumers confirmed', async () => {
    const { inbox, folder } = await openCopy();
    const settings = { retentionDays: 0, dedupeDays: 30 };
    const lease = await inbox.consumers.lease('archive');
    await lease.confirm({ 'shop-data': { position: 4, inbox: INCARNATION, check: 'e9fc66ed275036f9' } });
    await lease.release();
    const { request } = await planTrim(inbox, await inbox.consumers.list(), settings, NOW + 1000);
    await trimAll(inbox, request);
    expect((await entriesOf(inbox, 'shop-data')).map(({ position }) => position)).toEqual([4]);
    const database = new DatabaseSync(join(folder, 'inbox.sqlite'), { readOnly: true });
    onTestFinished(() => database.close());
    const { integrity_check: whole } = database.prepare('PRAGMA integrity_check').get() as {
      integrity_check: string;
    };
    expect(whole).toBe('ok');
  });
});
