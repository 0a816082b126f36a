import { describe, expect, it, onTestFinished } from 'vitest';
import type { Bookmark } from '../../../packages/singer/dist/index.js';
import type { Consumers } from '../../../packages/tap-webhooks/dist/inbox/consumer.js';
import { type InboxSubject, openWith } from './subject.js';

const bookmark = (position: number): Bookmark => ({ position, inbox: 'i', check: `c${position}` });

async function register(consumers: Consumers, name: string): Promise<void> {
  const lease = await consumers.lease(name);
  await lease.register('all');
  await lease.release();
}

/** Tests who reads the inbox, and how far each reader has got. */
export function testConsumers(subject: InboxSubject): void {
  describe('a consumer', () => {
    it('a consumer does not exist in an inbox that no pipe has read', async () => {
      const { inbox } = await openWith(subject);
      expect(await inbox.consumers.list()).toEqual([]);
      const lease = await inbox.consumers.lease('default');
      expect(await lease.consumer()).toBeUndefined();
      await lease.release();
      expect(await inbox.consumers.list()).toEqual([]);
    });

    it('a consumer is listed by name once it is registered, for every role', async () => {
      const { inbox, driver } = await openWith(subject);
      for (const name of ['warehouse', 'archive']) await register(inbox.consumers, name);
      const [reader, admin] = [await driver.reader(), await driver.admin()];
      for (const { consumers } of [inbox, reader, admin])
        expect((await consumers.list()).map(({ name }) => name)).toEqual(['archive', 'warehouse']);
      await reader.close();
      await admin.close();
    });

    it('a consumer keeps when it was registered and what it confirmed, over a restart too', async () => {
      const { inbox, reopen } = await openWith(subject);
      const first = await inbox.consumers.lease('default');
      const { registeredAt } = await first.register('all');
      expect(new Date(registeredAt).toISOString()).toBe(registeredAt);
      await first.confirm({ 'web-data': bookmark(4) });
      await first.release();
      const again = await (await reopen()).consumers.lease('default');
      expect(await again.consumer()).toMatchObject({ registeredAt, streams: 'all' });
      expect(await again.register(['web-data'])).toEqual({
        name: 'default',
        registeredAt,
        streams: ['web-data'],
        confirmed: { 'web-data': bookmark(4) },
      });
      await again.release();
    });

    it('a consumer confirms stream by stream', async () => {
      const { inbox, driver } = await openWith(subject);
      const lease = await inbox.consumers.lease('default');
      await lease.register('all');
      await lease.confirm({ 'one-data': bookmark(1), 'two-data': bookmark(1) });
      const confirmed = { 'one-data': bookmark(1), 'two-data': bookmark(2) };
      expect(await lease.confirm({ 'two-data': bookmark(2) })).toMatchObject({ confirmed });
      const reader = await driver.reader();
      onTestFinished(() => reader.close());
      expect(await reader.consumers.list()).toMatchObject([{ name: 'default', confirmed }]);
      await lease.release();
    });

    it('a consumer has to be registered before it confirms', async () => {
      const { inbox } = await openWith(subject);
      const lease = await inbox.consumers.lease('default');
      await expect(lease.confirm({ 'web-data': bookmark(1) })).rejects.toMatchObject({
        code: 'unknown_consumer',
      });
      await lease.release();
    });

    it('a consumer is no longer listed once it was dropped', async () => {
      const { inbox, driver } = await openWith(subject);
      await register(inbox.consumers, 'default');
      const admin = await driver.admin();
      await admin.consumers.drop('default');
      await admin.close();
      expect(await inbox.consumers.list()).toEqual([]);
      await expect(inbox.consumers.drop('default')).rejects.toMatchObject({
        code: 'unknown_consumer',
        exitCode: 1,
      });
    });

    it.each(['', 'Default', '../x', 'a b', 'a.json', 'a'.repeat(64)])(
      'a consumer is never named %j',
      async (name) => {
        const { inbox } = await openWith(subject);
        const invalid = { code: 'consumer_name', exitCode: 1 };
        await expect(inbox.consumers.lease(name)).rejects.toMatchObject(invalid);
        await expect(inbox.consumers.drop(name)).rejects.toMatchObject(invalid);
      },
    );
  });

  describe('the lease of a consumer', () => {
    it('the lease of a consumer is held by one pipe at a time', async () => {
      const { inbox, driver } = await openWith(subject);
      const reader = await driver.reader();
      onTestFinished(() => reader.close());
      const lease = await inbox.consumers.lease('default');
      const locked = { code: 'locked', exitCode: 4 };
      await expect(reader.consumers.lease('default')).rejects.toMatchObject(locked);
      await (await reader.consumers.lease('other')).release();
      await lease.release();
      await (await reader.consumers.lease('default')).release();
    });

    it('the lease of a consumer keeps the consumer from being dropped', async () => {
      const { inbox } = await openWith(subject);
      const lease = await inbox.consumers.lease('default');
      await lease.register('all');
      await expect(inbox.consumers.drop('default')).rejects.toMatchObject({ code: 'locked', exitCode: 4 });
      await lease.release();
      await inbox.consumers.drop('default');
    });
  });
}
