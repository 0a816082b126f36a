import { pause, ToolkitError } from '@tap-webhooks/singer';
import {
  InboxUnavailable,
  type Incarnation,
  type IntegrationRules,
  type Refusals,
  type TrimRequest,
} from '../inbox.js';
import { describeLost } from './copy/lost-ranges.js';
import { type MovedOn, moveOn, sayFailed } from './copy/move-on.js';
import type { Database } from './database.js';
import { failureOf } from './failure.js';
import { emptyLog, LogKeeper, moveLog } from './files/checkpoint.js';
import { currentFile, formerFiles } from './files/current.js';
import { numberEpochsOnce } from './files/epochs.js';
import { OpenFiles, type Tampering } from './files/open-files.js';
import { closeEmptied, closeUntouched, inboxFile, openForWriting } from './files/opening.js';
import { isNoRoom, releaseReserve } from './files/reserve.js';
import { ReserveKeeper } from './files/reserve-keeper.js';
import { inboxFailure } from './inbox-failure.js';
import { incarnationsOf } from './incarnations.js';
import { inPieces } from './pieces.js';
import { allOutcomes, Quotas } from './quotas.js';
import { SqliteStore } from './store.js';
import { tamperedWith, WHY_ASIDE } from './tampering.js';
import {
  type Notice,
  type PackedDeliveries,
  type Recorded,
  type ThreadSettings,
  unpack,
} from './threads/messages.js';
import { callTokens, SqliteTokens, type TokenMethod } from './tokens.js';

/** A database that is open for writing. */
interface Handle {
  readonly path: string;
  readonly database: Database;
  readonly store: SqliteStore;
  readonly tokens: SqliteTokens;
  readonly log: LogKeeper;
  readonly quotas: Quotas;
  readonly files: OpenFiles;
}

/** How long after a failure a fresh handle is tried, in ms. The time doubles with each attempt. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** Attempts to copy a file in which an unreadable page counts as a failure that may pass. Then its rows count as lost. */
const ATTEMPTS_TO_READ = 5;
/** How long the checkpoint of a new handle waits for readers, in ms. Senders wait meanwhile. */
const CHECKPOINT_WAITS_MS = 500;

/**
 * What the writing thread serves.
 *
 * After a failed sync nobody knows what is on disk: Linux may call pages clean that were never written, and a later sync
 * succeeds all the same (fsyncgate). So nothing is written to that file again: the inbox goes on in a copy (`moveOn`). After
 * any other failure, such as a full disk, the transaction was rolled back, and a fresh handle takes over. Deliveries are
 * refused meanwhile.
 */
export class Recorder {
  readonly #folder: string;
  readonly #closing = new AbortController();
  readonly #notices: Notice[] = [];
  /** Files that this process has made. */
  readonly #copies = new Set<string>();
  #rules: readonly IntegrationRules[];
  #handle: Handle | undefined;
  /** The handle whose files were tampered with. Nothing is written through it. */
  #aside: Handle | undefined;
  #why = '';
  #moving: NodeJS.Immediate | undefined;
  readonly #reserve: ReserveKeeper;

  /** @throws ToolkitError as opening does. */
  constructor({ folder, create, rules }: ThreadSettings) {
    this.#folder = folder;
    this.#rules = rules;
    try {
      this.#handle = this.#openFirst(create);
    } catch (cause) {
      throw inboxFailure(folder, cause);
    }
    for (const path of formerFiles(folder)) this.#notices.push(kept(path));
    this.#reserve = new ReserveKeeper(folder, (notice) => this.#notices.push(notice), this.#closing.signal);
  }

  incarnations(): Incarnation[] {
    return this.#with(({ database }) => incarnationsOf(database));
  }

  confirmedTime(): number {
    return this.#with(({ store }) => store.confirmedTime());
  }

  renew(now: number): Incarnation {
    return this.#with(({ store }) => store.renew(now));
  }

  record(packed: PackedDeliveries): Recorded {
    if (this.#reserve.isFull) throw new InboxUnavailable('there is no room on the disk');
    return this.#with((handle) => {
      const { store, quotas } = handle;
      const { admitted, refused } = quotas.admit(unpack(packed));
      const outcomes = allOutcomes(admitted.length === 0 ? [] : store.record(admitted), refused);
      requireOurs(handle); // what went into files that are no longer ours is as good as lost
      return { outcomes: JSON.stringify(outcomes), newest: store.newest };
    });
  }

  addRefusals(refusals: readonly Refusals[]): void {
    if (this.#reserve.isFull) throw new InboxUnavailable('there is no room on the disk');
    this.#with(({ store }) => store.addRefusals(refusals));
  }

  setRules(rules: readonly IntegrationRules[]): void {
    this.#with(({ store, quotas }) => {
      store.setRules(rules);
      quotas.setRules(rules);
    });
    this.#rules = rules;
  }

  /** While the disk is full, everything that is confirmed goes, and what it leaves free goes back to the disk at once. */
  trim(request: TrimRequest): boolean {
    return this.#with((handle) => {
      requireOurs(handle);
      const { store, database, quotas, files } = handle;
      return files.moving(() => {
        if (!this.#reserve.isFull) return store.trim({ ...request, atOnce: quotas.nearlyFull() });
        const more = store.trim({ ...request, receivedBefore: Number.MAX_SAFE_INTEGER });
        moveLog(database);
        return more;
      });
    });
  }

  /** Runs a method of the tokens. */
  callTokens(method: TokenMethod, args: readonly unknown[]): unknown {
    return this.#with(({ tokens }) => callTokens(tokens, method, args));
  }

  /** Returns what a person should know and was not told yet. */
  takeNotices(): Notice[] {
    return this.#notices.splice(0);
  }

  close(): void {
    this.#closing.abort();
    clearImmediate(this.#moving);
    const handle = this.#handle ?? this.#aside;
    if (handle) this.#close(handle);
  }

  /** @throws InboxUnavailable when there is no handle that can be trusted, or this one has just failed. */
  #with<T>(work: (handle: Handle) => T): T {
    const handle = this.#handle;
    if (!handle) throw new InboxUnavailable(`the inbox cannot be written (${this.#why})`);
    try {
      const result = work(handle);
      if (handle.log.isDue) this.#moveLogSoon(handle);
      return result;
    } catch (cause) {
      if (!(cause instanceof FilesTampered) && failureOf(cause) === undefined) throw cause;
      const tampering = tamperingOf(handle);
      if (tampering) throw this.#leaveAside(handle, tampering);
      this.#abandon(handle, cause);
      throw new InboxUnavailable(`the inbox could not be written (${this.#why})`);
    }
  }

  /** Moves the log once what was just committed has been answered. */
  #moveLogSoon(handle: Handle): void {
    this.#moving ??= setImmediate(() => {
      this.#moving = undefined;
      if (this.#handle !== handle) return;
      try {
        const tampering = handle.files.tampering();
        if (tampering) this.#leaveAside(handle, tampering);
        else handle.files.moving(() => handle.log.move());
      } catch (cause) {
        this.#abandon(handle, cause);
      }
    });
  }

  #abandon(handle: Handle, cause: unknown): void {
    this.#handle = undefined;
    this.#why = reasonOf(cause);
    if (failureOf(cause) === 'room') this.#reserve.release();
    const isOver = this.#isOver(cause, handle.path);
    if (failureOf(cause) === 'untrusted') sayFailed(this.#folder, handle.path);
    handle.files.close();
    closeUntouched(handle.database, handle.path);
    void this.#recover(isOver);
  }

  /**
   * Returns whether nothing more may be written to a file. One that is damaged is copied as well, without what is damaged; a copy
   * that seems damaged too is left to a person, since another copy would only take room.
   */
  #isOver(cause: unknown, path: string): boolean {
    const failure = failureOf(cause);
    return failure === 'untrusted' || (failure === 'damaged' && !this.#copies.has(path));
  }

  /** Accepts nothing until the files are back. Others in their place would give positions a second time. */
  #leaveAside(handle: Handle, tampering: Tampering): InboxUnavailable {
    this.#handle = undefined;
    this.#aside = handle;
    this.#why = WHY_ASIDE[tampering];
    this.#notices.push(tamperedWith(handle.path, tampering));
    void this.#waitUntilBack(handle);
    return new InboxUnavailable(`the inbox cannot be written (${this.#why})`);
  }

  async #waitUntilBack(handle: Handle): Promise<void> {
    let isSaved = false;
    while (!this.#closing.signal.aborted) {
      if (!isSaved) isSaved = this.#saveLog(handle);
      await pause(FIRST_RETRY_MS, this.#closing.signal);
      if (this.#closing.signal.aborted || handle.files.tampering()) continue;
      this.#handle = handle;
      this.#aside = undefined;
      return;
    }
  }

  /** A log that was removed is still open here, and would be gone for good with this process. @returns true when it is saved. */
  #saveLog({ path, files, database }: Handle): boolean {
    if (files.tampering() !== 'log removed') return false;
    try {
      return files.moving(() => emptyLog(database, 0));
    } catch (cause) {
      if (failureOf(cause) === 'untrusted') sayFailed(this.#folder, path);
      return false;
    }
  }

  /** Tries until there is a handle that can be trusted. */
  async #recover(isOver: boolean): Promise<void> {
    let mustMoveOn = isOver;
    let attempt = 0;
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      if (attempt > 0 || !mustMoveOn) await pause(waitMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      attempt += 1;
      try {
        if (mustMoveOn) await this.#moveOn(attempt > ATTEMPTS_TO_READ);
        if (this.#closing.signal.aborted) return;
        mustMoveOn = false;
        this.#handle = openHandle(this.#folder, this.#rules, false);
        return;
      } catch (cause) {
        this.#why = reasonOf(cause);
        mustMoveOn ||= this.#isOver(cause, inboxFile(this.#folder));
      }
    }
  }

  #noteMoved(moved: MovedOn): void {
    this.#copies.add(moved.to);
    this.#notices.push(movedOn(moved));
  }

  /** Answers calls between two pieces of the copy. */
  async #moveOn(skipUnreadable: boolean): Promise<void> {
    this.#why = 'its file is being copied, since the disk failed to sync it, or has damaged it';
    const moved = await inPieces(moveOn(this.#folder, { skipUnreadable }), this.#closing.signal);
    if (moved) this.#noteMoved(moved);
  }

  /** At the start nobody waits for an answer, so nothing is done in pieces. */
  #openFirst(create: boolean): Handle {
    if (currentFile(this.#folder).failed) this.#moveOnAtOnce();
    try {
      return openHandle(this.#folder, this.#rules, create);
    } catch (cause) {
      if (isNoRoom(cause) && releaseReserve(this.#folder))
        return openHandle(this.#folder, this.#rules, create);
      if (!this.#isOver(cause, inboxFile(this.#folder))) throw cause;
      if (failureOf(cause) === 'untrusted') sayFailed(this.#folder, inboxFile(this.#folder));
      this.#moveOnAtOnce();
      return openHandle(this.#folder, this.#rules, false);
    }
  }

  #moveOnAtOnce(): void {
    const moving = moveOn(this.#folder, { skipUnreadable: false });
    let step = moving.next();
    while (!step.done) step = moving.next();
    this.#noteMoved(step.value);
  }

  /** Moves the log into the file first, since SQLite would do that as well, and tell nobody when it fails. */
  #close({ database, path, files }: Handle): void {
    try {
      if (!files.tampering() && emptyLog(database, CHECKPOINT_WAITS_MS)) closeEmptied(database);
      else closeUntouched(database, path);
    } catch (cause) {
      if (failureOf(cause) === 'untrusted') sayFailed(this.#folder, path);
      closeUntouched(database, path);
    } finally {
      files.close();
    }
  }
}

function openHandle(folder: string, rules: readonly IntegrationRules[], create: boolean): Handle {
  const database = openForWriting(folder, { create, migrate: true });
  const path = inboxFile(folder);
  try {
    ifRoom(() => emptyLog(database, CHECKPOINT_WAITS_MS)); // a reader that prevents it does no harm
    ifRoom(() => numberEpochsOnce(database));
    const store = new SqliteStore(database);
    if (rules.length > 0) store.setRules(rules);
    const quotas = new Quotas(database, path);
    quotas.setRules(rules);
    return {
      path,
      database,
      store,
      tokens: new SqliteTokens(database),
      log: new LogKeeper(database),
      quotas,
      files: new OpenFiles(path, database),
    };
  } catch (cause) {
    closeUntouched(database, path);
    throw cause;
  }
}

/** A full disk must not keep the inbox from being opened: deleting makes room. */
function ifRoom(work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (failureOf(cause) !== 'room') throw cause;
  }
}

/** The files that were open are not those that this process wrote. */
class FilesTampered extends Error {}

/** Like `OpenFiles.tampering`; undefined also when the handle is too broken to tell. */
function tamperingOf({ files }: Handle): Tampering | undefined {
  try {
    return files.tampering();
  } catch {
    return undefined;
  }
}

/** @throws FilesTampered */
function requireOurs({ files }: Handle): void {
  if (files.tampering()) throw new FilesTampered();
}

function movedOn({ from, to, report }: MovedOn): Notice {
  const lost = report.lost.map(describeLost);
  const damaged = report.damaged.map(describeLost);
  return {
    level: 'error',
    message:
      'The disk failed to sync the file of the inbox, or has damaged it. What could be read was copied, and the inbox goes on in the copy. The old file is kept until you remove it',
    fields: {
      old: from,
      new: to,
      rows: report.rows,
      lost,
      damaged,
      ...(report.withoutUrl.length > 0 && { make_new_urls_for: report.withoutUrl }),
    },
  };
}

function kept(path: string): Notice {
  return {
    level: 'warn',
    message: 'A former file of the inbox is kept: remove it when you need nothing of it',
    fields: { file: path },
  };
}

/** A few words without a path, for the log. */
function reasonOf(cause: unknown): string {
  if (cause instanceof ToolkitError) return cause.code;
  return cause instanceof Error ? cause.message : 'unknown';
}
