import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import { commandStopped, noInbox, notAnInbox, noWayBack, receiverRuns } from '../../errors.js';
import type { InboxDriver, OpenOptions } from '../driver.js';
import type { InboxAdmin, InboxReader, InboxWriter, IntegrationRules, TokenStore } from '../inbox.js';
import { LargeBodies } from '../large-bodies.js';
import { AdminHandle } from './admin-handle.js';
import { ConsumerFiles } from './consumer-files.js';
import { type MovedOn, moveOn } from './copy/move-on.js';
import { type VerifyReport, verify } from './copy/verify.js';
import { BUSY_TIMEOUT_MS, inTransaction } from './database.js';
import { emptyLog } from './files/checkpoint.js';
import { type CurrentFile, currentFile, namedFile, setCurrentFile } from './files/current.js';
import { checkFileSystem } from './files/file-system.js';
import { giveFirstName } from './files/first-name.js';
import { backToFormat1, whyNotBack } from './files/migrate.js';
import {
  closeEmptied,
  createEmpty,
  inboxFile,
  makeInboxFolder,
  openForReading,
  openForWriting,
} from './files/opening.js';
import { withReserve } from './files/reserve.js';
import { inboxFailure, lockFailure } from './inbox-failure.js';
import { inPieces } from './pieces.js';
import { SqliteQueries } from './queries.js';
import type { Recorder } from './recorder.js';
import { fillRebuilt } from './schemas.js';
import { startThread } from './threads/client.js';
import { GroupCommit } from './threads/group-commit.js';
import { memoryOf } from './threads/messages.js';
import { NoticeWatch } from './threads/notice-watch.js';
import { remote } from './threads/remote.js';
import { PositionWatch } from './threads/watch.js';
import { SqliteTokens } from './tokens.js';

/** How often a reader looks for new events, in ms: a writer in another process cannot notify it. */
const READER_LOOKS_MS = 50;
/** How often a writer looks for events that it does not know of, in ms: a commit that failed may have reached the disk. */
const WRITER_LOOKS_MS = 1000;

/**
 * Returns the driver for an inbox in a folder. The folder holds a SQLite database and small files beside it: a lock for the
 * writer, and the consumers with their leases. It works on one machine with a local disk.
 */
export function sqliteDriver(folder: string): InboxDriver {
  return {
    writer: (options = {}) => told(folder, () => openWriter(folder, options)),
    reader: (options = {}) => told(folder, () => openReader(folder, options)),
    admin: (options = {}) => told(folder, async () => openAdmin(folder, options)),
  };
}

/** What the disk refuses is told to people as such. */
async function told<T>(folder: string, open: () => Promise<T>): Promise<T> {
  try {
    return await withReserve(folder, open);
  } catch (cause) {
    throw inboxFailure(folder, cause);
  }
}

/** Opens a reader. It reads in its own thread, so that the event loop never waits for the disk. */
async function openReader(
  folder: string,
  { log }: OpenOptions = {},
  role: 'reader' | 'reader of a writer' = 'reader',
): Promise<InboxReader & Pick<TokenStore, 'liveTokens' | 'tokensOf'>> {
  const place = statSync(folder, { throwIfNoEntry: false });
  if (place && !place.isDirectory()) throw notAnInbox(folder);
  const { thread } = await startThread<SqliteQueries>({ folder, role });
  const queries = remote(SqliteQueries, thread.call);
  const watch = new PositionWatch(queries.newest, READER_LOOKS_MS);
  const notices = new NoticeWatch(() => queries.takeNotices(), log);
  return {
    ...queries,
    consumers: new ConsumerFiles(folder),
    waitBeyond: (position, signal) => watch.wait(position, signal),
    async close() {
      await notices.close();
      await thread.close();
    },
  };
}

/** Turns the file into one of format 1, and returns that number. See `backToFormat1` for what is lost. */
export async function downgrade(folder: string): Promise<number> {
  const lock = await lockAsWriter(folder, {});
  try {
    const database = openForWriting(folder, { create: false, migrate: true });
    try {
      const why = whyNotBack(database);
      if (why !== undefined) throw noWayBack(why);
      backToFormat1(database);
      emptyLog(database, BUSY_TIMEOUT_MS); // a checkpoint whose failure is heard, unlike that of closing
    } finally {
      closeEmptied(database);
    }
    giveFirstName(folder);
    return 1;
  } catch (cause) {
    throw inboxFailure(folder, cause);
  } finally {
    lock.release();
  }
}

const NEVER = new AbortController().signal;

/**
 * Checks every row.
 * @throws ToolkitError `stopped`, exit 7, when `stop` aborts before it is done; or as opening does.
 */
export function verifyFile(folder: string, stop: AbortSignal = NEVER): Promise<VerifyReport> {
  return told(folder, async () => {
    const report = await inPieces(verify(folder), stop);
    if (!report) throw commandStopped();
    return report;
  });
}

/**
 * Copies what can be read into a new file, which counts then.
 * @param rules give keys and columns to schemas of which nothing is left.
 * @throws ToolkitError `locked` while a receiver runs; `stopped` when `stop` aborts before it is done: nothing has changed then.
 */
export function rescueFile(
  folder: string,
  rules: readonly IntegrationRules[] = [],
  stop: AbortSignal = NEVER,
): Promise<MovedOn> {
  return told(folder, async () => {
    const lock = await lockAsWriter(folder, {});
    const before = currentFile(folder);
    const named = namedFile(folder);
    try {
      const moved = await inPieces(moveOn(folder, { skipUnreadable: true }), stop);
      if (!moved) throw commandStopped();
      fillSchemas(folder, rules);
      return moved;
    } catch (cause) {
      if (!before.failed) unsayFailed(folder, named ?? before);
      throw cause;
    } finally {
      lock.release();
    }
  });
}

/** A file that has not failed counts as before when it was not copied, for want of room or because the command was stopped. */
function unsayFailed(folder: string, before: CurrentFile): void {
  const now = namedFile(folder);
  if (now?.failed && now.path === before.path) setCurrentFile(folder, before);
}

function fillSchemas(folder: string, rules: readonly IntegrationRules[]): void {
  const database = openForWriting(folder, { create: false, migrate: false });
  try {
    inTransaction(database, () => fillRebuilt(database, new Map(rules.map((one) => [one.stream, one]))));
    emptyLog(database, BUSY_TIMEOUT_MS);
  } finally {
    closeEmptied(database);
  }
}

async function openWriter(folder: string, options: OpenOptions): Promise<InboxWriter> {
  if (options.ifNotDurable) {
    const warning = checkFileSystem(folder, options.ifNotDurable === 'refuse');
    if (warning !== undefined) options.log?.warn(warning);
  }
  const lock = await lockAsWriter(folder, options);
  try {
    return await openLocked(folder, options, lock);
  } catch (cause) {
    lock.release();
    throw cause;
  }
}

/** Opens a writer. It writes in one thread and reads in another, so that emitting and committing do not wait for each other. */
async function openLocked(
  folder: string,
  { create = false, log }: OpenOptions,
  lock: Lock,
): Promise<InboxWriter> {
  const { thread, remember } = await startThread<Recorder>({ folder, role: 'writer', create });
  try {
    const reader = await openReader(folder, log ? { log } : {}, 'reader of a writer');
    const watch = new PositionWatch(reader.newest, WRITER_LOOKS_MS);
    const large = new LargeBodies(reader.schemas);
    const notices = new NoticeWatch(() => thread.call('takeNotices', []), log);
    const commits = new GroupCommit(
      (batch) => thread.call('record', [batch], memoryOf(batch)),
      (newest) => watch.reached(newest),
      (delivery) => large.fit(delivery),
    );
    const { addToken, revokeToken } = remote(
      SqliteTokens,
      (method, args) => thread.call('callTokens', [method, args]) as Promise<never>,
    );
    return {
      ...reader,
      append: (delivery) => commits.append(delivery),
      addRefusals: (refusals) => thread.call('addRefusals', [refusals]),
      async setRules(rules) {
        await thread.call('setRules', [rules]);
        remember(rules);
        large.setRules(rules);
      },
      confirmedTime: () => thread.call('confirmedTime', []),
      renew: (now) => thread.call('renew', [now]),
      trim: (request) => thread.call('trim', [request]),
      addToken,
      revokeToken,
      waitBeyond: (position, signal) => watch.wait(position, signal),
      async close() {
        try {
          await commits.close();
          await large.close();
          await notices.close();
          await reader.close();
          await thread.close();
        } finally {
          lock.release();
        }
      },
    };
  } catch (cause) {
    await thread.close();
    throw cause;
  }
}

/** Takes the lock of the process that writes the database: a receiver, or briefly a drain while no receiver runs. */
async function lockAsWriter(folder: string, { create = false, waitMs = 0 }: OpenOptions): Promise<Lock> {
  if (create) makeInboxFolder(folder);
  else if (!existsSync(inboxFile(folder))) throw noInbox(folder);
  const path = join(folder, 'receiver.lock');
  createEmpty(path); // so that the file has the right permissions from the start
  const lock = await acquireLock(path, { waitMs }).catch((cause) => {
    throw lockFailure(path, cause);
  });
  if (lock) return lock;
  throw receiverRuns(folder);
}

/** Opens the inbox for a command, without a thread: each call is a short transaction, and a command can wait for it. */
function openAdmin(folder: string, { create = false }: OpenOptions): InboxAdmin {
  const handle = new AdminHandle(folder);
  if (create) handle.open(create);
  else openForReading(folder).close(); // tells when there is no inbox
  return {
    ...remote(SqliteTokens, handle.call),
    consumers: new ConsumerFiles(folder),
    close: async () => handle.close(),
  };
}
