import { describe, expect, it } from 'vitest';
import {
  dropConsumer,
  leaseConsumer,
  listConsumers,
  writeConsumer,
} from '../../../packages/tap-webhooks/dist/consumers/consumer-files.js';
import { tempFolder } from '../../helpers/temp.js';

async function inboxWithConsumer(): Promise<string> {
  const inbox = tempFolder();
  const registeredAt = '2026-01-01T00:00:00.000Z';
  await writeConsumer(inbox, { name: 'default', registeredAt, streams: 'all', confirmed: {} });
  return inbox;
}

describe('the lease of a consumer', () => {
  it('is held by one pipe at a time', async () => {
    const inbox = await inboxWithConsumer();
    const lease = await leaseConsumer(inbox, 'default');
    await expect(leaseConsumer(inbox, 'default')).rejects.toMatchObject({ exitCode: 4 });
    const other = await leaseConsumer(inbox, 'other');
    lease.release();
    (await leaseConsumer(inbox, 'default')).release();
    other.release();
  });

  it('keeps the consumer from being dropped', async () => {
    const inbox = await inboxWithConsumer();
    const lease = await leaseConsumer(inbox, 'default');
    await expect(dropConsumer(inbox, 'default')).rejects.toMatchObject({ exitCode: 4 });
    lease.release();
    await dropConsumer(inbox, 'default');
    expect(await listConsumers(inbox)).toEqual([]);
  });

  it('is of no use to drop a consumer that is not there', async () => {
    await expect(dropConsumer(await inboxWithConsumer(), 'none')).rejects.toMatchObject({
      code: 'unknown_consumer',
      exitCode: 1,
    });
  });
});
