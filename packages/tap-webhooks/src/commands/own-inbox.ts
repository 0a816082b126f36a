import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Context } from '@tap-webhooks/singer/command';
import { acquireLock, type Lock } from '@tap-webhooks/singer/lock';
import type { TapConfig } from '../config.js';
import { listConsumers } from '../consumers/consumer-files.js';
import { refuseGone } from '../consumers/takes.js';
import { keepTrimmed } from '../consumers/trim.js';
import { receiverRuns } from '../errors.js';
import type { InboxWriter } from '../inbox/inbox.js';
import { openSqliteWriter } from '../inbox/sqlite/writer.js';
import { type Integration, resolveIntegrations, securityWarnings } from '../integrations.js';

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * Who holds this lock writes the inbox: takes webhooks, trims, checkpoints. One process, the receiver; while none runs, a
 * drain for a moment.
 */
function lockPath(inboxPath: string): string {
  return join(inboxPath, 'receiver.lock');
}

/** Longer than a drain holds it, so that a drain never closes the front door. */
const RECEIVER_WAITS_MS = 5000;

/**
 * For as long as the receiver runs. Makes the inbox's folder.
 * @throws ToolkitError `locked`, exit 4.
 */
export async function lockAsReceiver(inboxPath: string): Promise<Lock> {
  makeFolder(inboxPath);
  const lock = await acquireLock(lockPath(inboxPath), { waitMs: RECEIVER_WAITS_MS });
  if (!lock) throw receiverRuns(inboxPath);
  return lock;
}

/** For a moment; undefined when a receiver runs, which then does the work itself. */
export function lockForAMoment(inboxPath: string): Promise<Lock | undefined> {
  return acquireLock(lockPath(inboxPath));
}

/** With its name on disk: a power cut must not take the folder away again once something in it was acknowledged. */
function makeFolder(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  for (let at = resolve(path); at !== dirname(resolve(made)); at = dirname(at)) {
    const parent = openSync(dirname(at), 'r');
    try {
      fsyncSync(parent);
    } finally {
      closeSync(parent);
    }
  }
}

/** The inbox in the hands of the one process that writes it. */
export interface OwnInbox {
  readonly writer: InboxWriter;
  /** Ends trimming, closes the inbox and lets another receiver have it. */
  close(): Promise<void>;
}

/** Integrations with their secrets, and what a person should know of how safe they are. */
export function resolveForServing(
  config: TapConfig,
  sources: readonly string[],
  { env, log }: Pick<Context, 'env' | 'log'>,
): Integration[] {
  const integrations = resolveIntegrations(config, env);
  const paths = sources.filter((source) => source !== 'ENV');
  for (const warning of securityWarnings(config, integrations, paths)) log.warn(warning);
  return integrations;
}

/**
 * Takes the receiver's lock, opens the inbox (makes it when absent), hands it the rules and keeps it trimmed.
 * @throws ToolkitError `locked`, exit 4; `integration_gone`, exit 1.
 */
export async function ownInbox(
  config: TapConfig,
  integrations: readonly Integration[],
  { log }: Pick<Context, 'log'>,
): Promise<OwnInbox> {
  const path = config.inbox_path;
  const lock = await lockAsReceiver(path);
  try {
    const writer = await openWithRules(path, integrations);
    const over = new AbortController();
    const settings = { retentionDays: config.retention_days, dedupeDays: config.dedupe_days };
    const trimming = keepTrimmed(path, writer, settings, over.signal, log);
    return {
      writer,
      async close() {
        over.abort();
        await trimming;
        await writer.close();
        lock.release();
      },
    };
  } catch (cause) {
    lock.release();
    throw cause;
  }
}

async function openWithRules(path: string, integrations: readonly Integration[]): Promise<InboxWriter> {
  const writer = await openSqliteWriter(path);
  try {
    const rules = integrations.map((integration) => integration.rules);
    const streams = rules.map(({ stream }) => stream);
    await refuseGone(streams, await listConsumers(path), writer);
    await writer.setRules(rules);
    return writer;
  } catch (cause) {
    await writer.close();
    throw cause;
  }
}
