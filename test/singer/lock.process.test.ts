import { statSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from '@tap-webhooks/singer/lock';
import { expect, onTestFinished, test } from 'vitest';
import { RunningFixture } from '../helpers/fixture.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

const newPath = () => join(tempFolder(), 'folder', 'x.lock');

async function held(path: string, waitMs = 0) {
  const lock = await acquireLock(path, { waitMs });
  if (!lock) throw new Error('the lock was not given');
  onTestFinished(() => lock.release());
  return lock;
}

async function holder(path: string, deed = 'hold', node: readonly string[] = []): Promise<RunningFixture> {
  const fixture = new RunningFixture('lock.mjs', [path, deed], { node });
  await fixture.saw('held');
  return fixture;
}

test('a second holder in the same process is refused, and the first one keeps the lock', async () => {
  const path = newPath();
  await held(path);
  expect(await acquireLock(path)).toBeUndefined();
  expect(await acquireLock(path)).toBeUndefined(); // closing the refused handles did not drop the lock
  const other = new RunningFixture('lock.mjs', [path, 'hold']);
  await other.saw('refused');
});

test('a second holder in another process is refused', async () => {
  const path = newPath();
  await holder(path);
  expect(await acquireLock(path)).toBeUndefined();
});

test('a released lock can be taken again, and releasing it twice does no harm', async () => {
  const path = newPath();
  const first = await held(path);
  first.release();
  first.release();
  await held(path);
  expect(await acquireLock(path)).toBeUndefined();
});

test('a lock that another process released can be taken', async () => {
  const path = newPath();
  const other = await holder(path);
  other.child.stdin?.end();
  await other.saw('released');
  await held(path);
});

test('a lock is released when its process exits', async () => {
  const path = newPath();
  const other = await holder(path, 'exit');
  other.child.stdin?.end();
  expect(await other.exit()).toBe(0);
  await held(path);
});

test('a lock is released when its process is killed with -9', async () => {
  const path = newPath();
  const other = await holder(path);
  other.child.kill('SIGKILL');
  expect(await other.exit()).toBe(-1);
  await held(path);
});

test('a process keeps a lock to which it has no reference', async () => {
  const path = newPath();
  const other = await holder(path, 'forget', ['--expose-gc']);
  await other.saw('collected');
  expect(await acquireLock(path)).toBeUndefined();
});

test('with waitMs a lock is acquired once its holder releases it', async () => {
  const path = newPath();
  const first = await held(path);
  let second: unknown;
  const waiting = held(path, 30_000).then((lock) => {
    second = lock;
  });
  expect(await acquireLock(path, { waitMs: 120 })).toBeUndefined();
  expect(second).toBeUndefined();
  first.release();
  await waiting;
  expect(second).toBeDefined();
});

test('several waiting processes acquire the lock one after the other', async () => {
  const path = newPath();
  let holders = 0;
  const turns = Array.from({ length: 5 }, async () => {
    const lock = await held(path, 30_000);
    holders += 1;
    expect(holders).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    holders -= 1;
    lock.release();
  });
  await Promise.all(turns);
});

test('a path that cannot be a lock file is an error, not a held lock', async () => {
  await expect(acquireLock(tempFolder())).rejects.toThrow();
});

test('the folder is created for its owner only, and the lock file stays empty', async () => {
  const path = newPath();
  await held(path);
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  expect(await until(() => statSync(path), 'the lock file')).toMatchObject({ size: 0 });
});
