import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { makeFolderSync } from './durable.js';
import { createOwn } from './rights.js';

/**
 * A lock that is released when its process ends, even after `kill -9`. It is an exclusive transaction on a small SQLite file
 * that never commits. There is no pid file that could become stale, and no lease that could expire. The file itself stays.
 *
 * No other code in this process may open and close the lock file: POSIX drops all locks of a process on a file
 * when it closes any descriptor of it.
 */
export interface Lock {
  release(): void;
}

type Database = InstanceType<typeof DatabaseSync>;
/** Keeps every handle that holds a lock: one that is garbage-collected drops its lock within a second. */
const held = new Set<Database>();

/** Milliseconds between two attempts while waiting. */
const RETRY_MS = 50;

/**
 * Acquires a lock. Resolves to undefined when another process, or another holder in this one, has it.
 * @param path of the lock file; its folder is created (mode 0700) when it is absent.
 * @param options.waitMs how long to wait until the other holder releases it; 0 by default.
 */
export async function acquireLock(
  path: string,
  options: { waitMs?: number } = {},
): Promise<Lock | undefined> {
  makeFolderSync(dirname(path), { mode: 0o700 });
  const deadline = Date.now() + (options.waitMs ?? 0);
  for (;;) {
    const database = tryLock(path);
    if (database) return hold(database);
    if (Date.now() >= deadline) return undefined;
    await sleep(Math.min(RETRY_MS, Math.max(1, deadline - Date.now())));
  }
}

function tryLock(path: string): Database | undefined {
  createOwn(path);
  const database = new DatabaseSync(path);
  try {
    // The journal stays in memory: nothing is ever written, so a killed holder leaves nothing to recover.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database.close();
    if (isBusy(cause)) return undefined;
    throw cause;
  }
}

function hold(database: Database): Lock {
  held.add(database);
  return {
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

/** SQLITE_BUSY (5) and SQLITE_LOCKED (6), with their extended codes in the upper bytes. */
function isBusy(cause: unknown): boolean {
  const code = (cause as { errcode?: number }).errcode ?? 0;
  return (code & 0xff) === 5 || (code & 0xff) === 6;
}
