import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkConsumerName,
  listConsumers,
  readConsumer,
  writeConsumer,
} from '../../../packages/tap-webhooks/dist/consumers/consumer-files.js';
import { tempFolder } from '../../helpers/temp.js';

const consumer = (name: string) => ({
  name,
  registeredAt: '2026-01-01T00:00:00.000Z',
  streams: 'all' as const,
  confirmed: { 'shop-data': { position: 4, inbox: 'a1', check: 'c4' } },
});

describe('a consumer on disk', () => {
  it('comes back as it was written', async () => {
    const inbox = tempFolder();
    await writeConsumer(inbox, consumer('default'));
    expect(await readConsumer(inbox, 'default')).toEqual(consumer('default'));
  });

  it('is a file that only its owner reads, and nothing else stays behind', async () => {
    const inbox = tempFolder();
    await writeConsumer(inbox, consumer('default'));
    expect(readdirSync(join(inbox, 'consumers'))).toEqual(['default.json']);
    expect(statSync(join(inbox, 'consumers', 'default.json')).mode & 0o777).toBe(0o600);
  });

  it('names its fields in the file as settings are named', async () => {
    const inbox = tempFolder();
    await writeConsumer(inbox, consumer('default'));
    expect(JSON.parse(readFileSync(join(inbox, 'consumers', 'default.json'), 'utf8'))).toEqual({
      registered_at: '2026-01-01T00:00:00.000Z',
      streams: 'all',
      confirmed: { 'shop-data': { position: 4, inbox: 'a1', check: 'c4' } },
    });
  });

  it('is listed by name, beside locks and leftovers of a crash', async () => {
    const inbox = tempFolder();
    await writeConsumer(inbox, consumer('warehouse'));
    await writeConsumer(inbox, consumer('archive'));
    writeFileSync(join(inbox, 'consumers', 'archive.lock'), '');
    writeFileSync(join(inbox, 'consumers', 'archive.json.tmp'), '{');
    expect((await listConsumers(inbox)).map(({ name }) => name)).toEqual(['archive', 'warehouse']);
  });

  it('is none in an inbox that no pipe has read', async () => {
    expect(await listConsumers(tempFolder())).toEqual([]);
  });

  it('that cannot be read stops whoever needs it', async () => {
    const inbox = tempFolder();
    mkdirSync(join(inbox, 'consumers'));
    writeFileSync(join(inbox, 'consumers', 'default.json'), '{"streams":');
    await expect(listConsumers(inbox)).rejects.toMatchObject({ code: 'consumer_unreadable', exitCode: 1 });
  });

  it.each(['', 'Default', '../x', 'a b', 'a.json', 'a'.repeat(64)])('is never named %j', (name) => {
    expect(() => checkConsumerName(name)).toThrow(expect.objectContaining({ code: 'consumer_name' }));
  });
});
