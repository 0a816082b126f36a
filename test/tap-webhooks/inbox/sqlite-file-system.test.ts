import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  checkFileSystem,
  worthOf,
} from '../../../packages/tap-webhooks/dist/inbox/sqlite/files/file-system.js';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';

it.each([
  ['ext4', 0xef53, 'durable'],
  ['xfs', 0x58465342, 'durable'],
  ['btrfs', 0x9123683e, 'durable'],
  ['nfs4', 0x6969, 'network'],
  ['cifs', 0xff534d42, 'network'],
  ['cifs', -11317950, 'network'],
  ['smb3', 0xfe534d42, 'network'],
  ['9p', 0x01021997, 'network'],
  ['fuse.sshfs', 0x65735546, 'network'],
  ['ceph', 0x00c36400, 'network'],
  ['tmpfs', 0x01021994, 'memory'],
  ['overlay', 0x794c7630, 'container'],
  ['fuse.fuse-overlayfs', 0x65735546, 'container'],
])('a file system %s (%d) counts as %s', (name, number, worth) => {
  expect(worthOf(number, name)).toBe(worth);
});

const isMemory = (() => {
  try {
    return statfsSync('/dev/shm').type === 0x01021994;
  } catch {
    return false;
  }
})();

it.skipIf(!isMemory)(
  'an inbox in memory is warned of, or refused, with the mount and what a 200 is worth',
  async () => {
    const folder = mkdtempSync('/dev/shm/webhooks-');
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const inbox = join(folder, 'not there', 'inbox');
    expect(checkFileSystem(inbox, false)).toBe(
      'The inbox is in memory (tmpfs on /dev/shm): a 200 is worth nothing once the machine restarts',
    );
    await expect(sqliteDriver(inbox).writer({ create: true, ifNotDurable: 'refuse' })).rejects.toMatchObject({
      code: 'inbox_not_durable',
      exitCode: 1,
      message: expect.stringContaining('tmpfs on /dev/shm'),
    });
  },
);
