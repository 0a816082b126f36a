import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AdminHandle } from '../../../packages/tap-webhooks/dist/inbox/sqlite/admin-handle.js';
import { moveOn } from '../../../packages/tap-webhooks/dist/inbox/sqlite/copy/move-on.js';
import { currentFile } from '../../../packages/tap-webhooks/dist/inbox/sqlite/files/current.js';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { remote } from '../../../packages/tap-webhooks/dist/inbox/sqlite/threads/remote.js';
import { SqliteTokens } from '../../../packages/tap-webhooks/dist/inbox/sqlite/tokens.js';
import { NOW } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

// A receiver copies an inbox whose file failed, while a command changes its tokens. Here the copy goes on in between two steps
// of the command.

const TOKEN = 'b'.repeat(64);

async function startedInbox() {
  const folder = tempFolder();
  const inbox = await sqliteDriver(folder).writer({ create: true });
  const { id } = await inbox.addToken('web', 'a'.repeat(64), NOW);
  await inbox.close();
  return { folder, id };
}

function openCommand(folder: string, options = {}) {
  const handle = new AdminHandle(folder, options);
  onTestFinished(() => handle.close());
  return remote(SqliteTokens, handle.call);
}

/** Does something before or after the next change, in the file that counts until then. */
function aroundNextChange(method: 'addToken' | 'revokeToken', when: 'before' | 'after', work: () => void) {
  const real = SqliteTokens.prototype[method] as (...args: unknown[]) => unknown;
  const spy = vi.spyOn(SqliteTokens.prototype, method);
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementationOnce(function (this: SqliteTokens, ...args: unknown[]) {
    if (when === 'before') work();
    const result = real.apply(this, args);
    if (when === 'after') work();
    return result as never;
  });
}

const begin = (folder: string) => moveOn(folder, { skipUnreadable: false });

function moveOnNow(folder: string): void {
  const moving = begin(folder);
  while (!moving.next().done);
}

/** Copies all tables, but does not make the copy the one that counts. */
function copyAll(moving: ReturnType<typeof begin>, folder: string): void {
  // The last step but one ends with the copy; the last one replaces `current`.
  for (;;) {
    moving.next();
    try {
      if (readFileSync(join(folder, 'inbox-2.sqlite')).readUInt32BE(68) !== 0) return;
    } catch {
      // There is no copy yet.
    }
  }
}

async function tokensIn(folder: string) {
  const inbox = await sqliteDriver(folder).writer();
  const tokens = await inbox.tokensOf('web');
  await inbox.close();
  return tokens.map(({ id, sha256, revokedAt }) => ({ id, sha256, revokedAt }));
}

const FIRST = { id: 1, sha256: 'a'.repeat(64), revokedAt: null };

it('a URL that is created before the file is copied is in the copy once', async () => {
  const { folder } = await startedInbox();
  const tokens = openCommand(folder);
  aroundNextChange('addToken', 'after', () => moveOnNow(folder));

  expect(await tokens.addToken('web', TOKEN, NOW)).toMatchObject({ id: 2, sha256: TOKEN });

  expect(currentFile(folder).path).toBe(join(folder, 'inbox-2.sqlite'));
  expect(await tokensIn(folder)).toEqual([FIRST, { id: 2, sha256: TOKEN, revokedAt: null }]);
});

it('a URL that is created while the file is being copied is in the copy once', async () => {
  const { folder } = await startedInbox();
  const tokens = openCommand(folder);
  const moving = begin(folder);
  aroundNextChange('addToken', 'before', () => copyAll(moving, folder));

  const created = tokens.addToken('web', TOKEN, NOW);
  expect(currentFile(folder)).toEqual({ path: join(folder, 'inbox.sqlite'), failed: true });
  while (!moving.next().done);

  expect(await created).toMatchObject({ id: 2, sha256: TOKEN });
  expect(await tokensIn(folder)).toEqual([FIRST, { id: 2, sha256: TOKEN, revokedAt: null }]);
});

it('a URL that is created while the file has failed, and nobody copies it, ends with a sentence', async () => {
  const { folder } = await startedInbox();
  const tokens = openCommand(folder, { waitMs: 0 });
  aroundNextChange('addToken', 'before', () => void begin(folder).next());

  await expect(tokens.addToken('web', TOKEN, NOW)).rejects.toMatchObject({
    code: 'inbox_file_failed',
    exitCode: 7,
  });
});

it.each(['before', 'after'] as const)(
  'a URL that is revoked %s the file is copied is revoked in the copy',
  async (when) => {
    const { folder, id } = await startedInbox();
    const tokens = openCommand(folder);
    aroundNextChange('revokeToken', when === 'before' ? 'after' : 'before', () => moveOnNow(folder));

    expect(await tokens.revokeToken('web', id, NOW + 1)).toBe(true);

    expect(await tokensIn(folder)).toEqual([{ ...FIRST, revokedAt: NOW + 1 }]);
  },
);

it('a command changes nothing in a file that does not count any more', async () => {
  const { folder } = await startedInbox();
  const tokens = openCommand(folder);
  await tokens.revokeToken('web', 99, NOW);
  moveOnNow(folder);
  const before = readFileSync(join(folder, 'inbox.sqlite-wal'));

  await tokens.addToken('web', TOKEN, NOW);

  expect(readFileSync(join(folder, 'inbox.sqlite-wal'))).toEqual(before);
  expect(await tokensIn(folder)).toEqual([FIRST, { id: 2, sha256: TOKEN, revokedAt: null }]);
});
