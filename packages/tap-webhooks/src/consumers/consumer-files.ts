import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import { consumerNameInvalid, consumerRuns, consumerUnknown, consumerUnreadable } from '../errors.js';
import { asBookmark } from './bookmark.js';
import type { Consumer } from './consumer.js';

/**
 * The right to read as this consumer; one pipe at a time. It goes with the process.
 * @throws ToolkitError `locked`, exit 4.
 */
export async function leaseConsumer(inboxPath: string, name: string): Promise<Lock> {
  checkConsumerName(name);
  const lock = await acquireLock(lockPath(inboxPath, name));
  if (!lock) throw consumerRuns(name);
  return lock;
}

/**
 * Ends a consumer: what it has not confirmed no longer keeps anything. Its lock file stays, since another process might
 * wait for it.
 * @throws ToolkitError `unknown_consumer`, exit 1; `locked`, exit 4, while a pipe reads as this consumer.
 */
export async function dropConsumer(inboxPath: string, name: string): Promise<void> {
  checkConsumerName(name);
  if (!(await readConsumer(inboxPath, name))) throw consumerUnknown(name);
  const lock = await acquireLock(lockPath(inboxPath, name));
  if (!lock) throw consumerRuns(name);
  try {
    await rm(join(consumersFolder(inboxPath), `${name}.json`), { force: true });
    await syncFolder(consumersFolder(inboxPath));
  } finally {
    lock.release();
  }
}

function lockPath(inboxPath: string, name: string): string {
  return join(consumersFolder(inboxPath), `${name}.lock`);
}

/**
 * Consumers as files beside the inbox, one each: `consumers/<name>.json`, mode 0600. A write is all or nothing, also in a
 * power cut: a temporary file is synced, renamed over the old one, and the folder is synced.
 */

const NAME = /^[a-z0-9_-]{1,63}$/;

/** @throws ToolkitError `consumer_name`, exit 1. */
export function checkConsumerName(name: string): void {
  if (!NAME.test(name)) throw consumerNameInvalid(name);
}

export function consumersFolder(inboxPath: string): string {
  return join(inboxPath, 'consumers');
}

export async function readConsumer(inboxPath: string, name: string): Promise<Consumer | undefined> {
  const path = join(consumersFolder(inboxPath), `${name}.json`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw consumerUnreadable(path, cause);
  }
  try {
    return parseConsumer(name, JSON.parse(text));
  } catch (cause) {
    throw consumerUnreadable(path, cause);
  }
}

/** All of them, by name. An unreadable one rejects: what it has confirmed is not known, so nothing may be trimmed. */
export async function listConsumers(inboxPath: string): Promise<Consumer[]> {
  const names = (await filesIn(consumersFolder(inboxPath)))
    .filter((file) => file.endsWith('.json') && NAME.test(file.slice(0, -5)))
    .map((file) => file.slice(0, -5))
    .sort();
  const consumers = await Promise.all(names.map((name) => readConsumer(inboxPath, name)));
  return consumers.filter((consumer) => consumer !== undefined); // one was dropped since the folder was listed
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw consumerUnreadable(folder, cause);
  }
}

/** Only the holder of the consumer's lease may write it. */
export async function writeConsumer(inboxPath: string, consumer: Consumer): Promise<void> {
  const folder = consumersFolder(inboxPath);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${consumer.name}.json`);
  const { name: _, registeredAt, streams, confirmed } = consumer;
  const text = JSON.stringify({ registered_at: registeredAt, streams, confirmed }, null, 2);
  const file = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFolder(folder);
  await syncFolder(inboxPath); // the folder itself may be new
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function parseConsumer(name: string, value: unknown): Consumer {
  const { registered_at: registeredAt, streams, confirmed } = value as { [field: string]: unknown };
  if (typeof registeredAt !== 'string') throw new TypeError('registered_at is no text');
  if (streams !== 'all' && !isTexts(streams)) throw new TypeError('streams is no list');
  const pairs = Object.entries((confirmed ?? {}) as object).flatMap(([stream, value]) => {
    const bookmark = asBookmark(value);
    return bookmark ? [[stream, bookmark] as const] : [];
  });
  return { name, registeredAt, streams, confirmed: Object.fromEntries(pairs) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
