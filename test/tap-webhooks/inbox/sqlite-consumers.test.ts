import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConsumerFiles } from '../../../packages/tap-webhooks/dist/inbox/sqlite/consumer-files.js';
import { tempFolder } from '../../helpers/temp.js';

const bookmark = { position: 4, inbox: 'a1', check: 'c4' };

async function register(inbox: string, name: string): Promise<string> {
  const lease = await new ConsumerFiles(inbox).lease(name);
  const { registeredAt } = await lease.register('all');
  await lease.confirm({ 'shop-data': bookmark });
  await lease.release();
  return registeredAt;
}

describe('a consumer on disk', () => {
  it('a consumer on disk is a file that only its owner reads, beside the lock of its lease', async () => {
    const inbox = tempFolder();
    await register(inbox, 'default');
    expect(readdirSync(join(inbox, 'consumers')).sort()).toEqual(['default.json', 'default.lock']);
    expect(statSync(join(inbox, 'consumers', 'default.json')).mode & 0o777).toBe(0o600);
  });

  it('a consumer on disk names its fields in the file as settings are named', async () => {
    const inbox = tempFolder();
    const registeredAt = await register(inbox, 'default');
    expect(JSON.parse(readFileSync(join(inbox, 'consumers', 'default.json'), 'utf8'))).toEqual({
      registered_at: registeredAt,
      streams: 'all',
      confirmed: { 'shop-data': bookmark },
    });
  });

  it('a consumer on disk is listed by name, beside locks and leftovers of a crash', async () => {
    const inbox = tempFolder();
    await register(inbox, 'warehouse');
    await register(inbox, 'archive');
    writeFileSync(join(inbox, 'consumers', 'archive.json.tmp'), '{');
    writeFileSync(join(inbox, 'consumers', '.archive.json.part'), '{');
    const listed = await new ConsumerFiles(inbox).list();
    expect(listed.map(({ name }) => name)).toEqual(['archive', 'warehouse']);
  });

  it('a consumer on disk that cannot be read stops everyone who needs it', async () => {
    const inbox = tempFolder();
    mkdirSync(join(inbox, 'consumers'));
    writeFileSync(join(inbox, 'consumers', 'default.json'), '{"streams":');
    await expect(new ConsumerFiles(inbox).list()).rejects.toMatchObject({
      code: 'consumer_unreadable',
      exitCode: 1,
    });
  });
});
