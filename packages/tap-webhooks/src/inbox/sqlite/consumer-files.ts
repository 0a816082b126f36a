import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asBookmark, type Bookmark, makeFolder, replaceFile, syncFolder } from '@tap-webhooks/singer';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import { consumerRuns, consumerUnknown, consumerUnreadable } from '../../errors.js';
import {
  type Consumer,
  type ConsumerLease,
  type Consumers,
  checkConsumerName,
  isConsumerName,
} from '../consumer.js';
import { withReserve } from './files/reserve.js';
import { inboxFailure, lockFailure } from './inbox-failure.js';

/**
 * Consumers as files beside the inbox, since a reader does not write the database: `consumers/<name>.json`, one per
 * consumer, mode 0600, and `<name>.lock`, which the lease holds. A file is replaced as a whole, so a power cut leaves the
 * old one or the new one.
 */
export class ConsumerFiles implements Consumers {
  readonly #folder: string;

  /** @param inbox the inbox's folder. */
  constructor(inbox: string) {
    this.#folder = join(inbox, 'consumers');
  }

  async list(): Promise<Consumer[]> {
    const names = (await filesIn(this.#folder))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .filter(isConsumerName)
      .sort();
    const consumers = await Promise.all(names.map((name) => readConsumer(this.#folder, name)));
    return consumers.filter((consumer) => consumer !== undefined); // one was dropped since the folder was listed
  }

  async lease(name: string): Promise<ConsumerLease> {
    return new FileLease(this.#folder, name, await this.#lock(name));
  }

  /** The lock file stays, since another process might wait for it. */
  async drop(name: string): Promise<void> {
    checkConsumerName(name);
    if (!(await readConsumer(this.#folder, name)))
      throw consumerUnknown(
        name,
        (await this.list()).map((consumer) => consumer.name),
      );
    const lock = await this.#lock(name);
    try {
      await rm(pathOf(this.#folder, name), { force: true });
      await syncFolder(this.#folder);
    } finally {
      lock.release();
    }
  }

  async #lock(name: string): Promise<Lock> {
    checkConsumerName(name);
    const lock = await acquire(join(this.#folder, `${name}.lock`));
    if (!lock) throw consumerRuns(name);
    return lock;
  }
}

class FileLease implements ConsumerLease {
  readonly #folder: string;
  readonly #name: string;
  readonly #lock: Lock;

  constructor(folder: string, name: string, lock: Lock) {
    this.#folder = folder;
    this.#name = name;
    this.#lock = lock;
  }

  consumer(): Promise<Consumer | undefined> {
    return readConsumer(this.#folder, this.#name);
  }

  async register(streams: Consumer['streams']): Promise<Consumer> {
    const before = await this.consumer();
    const registeredAt = before?.registeredAt ?? new Date().toISOString();
    return await this.#write({ name: this.#name, registeredAt, streams, confirmed: before?.confirmed ?? {} });
  }

  async confirm(bookmarks: { readonly [stream: string]: Bookmark }): Promise<Consumer> {
    const before = await this.consumer();
    if (!before) throw consumerUnknown(this.#name);
    return await this.#write({ ...before, confirmed: { ...before.confirmed, ...bookmarks } });
  }

  async release(): Promise<void> {
    this.#lock.release();
  }

  async #write(consumer: Consumer): Promise<Consumer> {
    const { registeredAt, streams, confirmed } = consumer;
    const text = JSON.stringify({ registered_at: registeredAt, streams, confirmed }, null, 2);
    try {
      await withReserve(dirname(this.#folder), async () => {
        await makeFolder(this.#folder, { mode: 0o700 });
        await replaceFile(pathOf(this.#folder, this.#name), `${text}\n`, { mode: 0o600 });
      });
    } catch (cause) {
      throw inboxFailure(this.#folder, cause);
    }
    return consumer;
  }
}

/** Returns the bookmarks that any consumer has confirmed. Files that cannot be read are passed over. @param inbox its folder. */
export function confirmedBookmarks(inbox: string): Bookmark[] {
  const folder = join(inbox, 'consumers');
  try {
    return readdirSync(folder).flatMap((file) => bookmarksIn(join(folder, file)));
  } catch {
    return [];
  }
}

function bookmarksIn(path: string): Bookmark[] {
  try {
    return Object.values(parseConsumer('', JSON.parse(readFileSync(path, 'utf8'))).confirmed);
  } catch {
    return [];
  }
}

async function acquire(path: string): Promise<Lock | undefined> {
  try {
    return await withReserve(dirname(dirname(path)), () => acquireLock(path));
  } catch (cause) {
    throw lockFailure(path, cause);
  }
}

function pathOf(folder: string, name: string): string {
  return join(folder, `${name}.json`);
}

async function readConsumer(folder: string, name: string): Promise<Consumer | undefined> {
  const path = pathOf(folder, name);
  try {
    return parseConsumer(name, JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw consumerUnreadable(path, cause);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw consumerUnreadable(folder, cause);
  }
}

function parseConsumer(name: string, value: unknown): Consumer {
  const { registered_at: registeredAt, streams, confirmed } = value as { [field: string]: unknown };
  if (typeof registeredAt !== 'string') throw new TypeError('registered_at is not text');
  if (streams !== 'all' && !isTexts(streams)) throw new TypeError('streams is not a list');
  const pairs = Object.entries((confirmed ?? {}) as object).flatMap(([stream, value]) => {
    const bookmark = asBookmark(value);
    return bookmark ? [[stream, bookmark] as const] : [];
  });
  return { name, registeredAt, streams, confirmed: Object.fromEntries(pairs) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
